/** Who hears of an event, in which order, and how an answer leaves. */
import type {Event} from '../shared/protocol/event.js';
import type {StateKeeper} from './adoption/keep-state.js';
import type {ControlServer} from './control/server.js';
import type {Records} from './daemon-view.js';
import type {World} from './effects.js';
import {type Border, doEach} from './faults/border.js';
import type {LeftBehind} from './left-behind.js';
import type {Log} from './log/log.js';
import type {MetricsFile} from './metrics/file.js';
import {problemsInAnswer} from './problems/in-verdict.js';
import type {Problems} from './problems/problems.js';
import type {ListenerCare} from './sockets/listener-care.js';
import type {RestartTraffic} from './traffic/restart-traffic.js';
import {quoteInAnswer, quoteInEvent} from './workers/stderr/quote.js';
import type {StderrTails} from './workers/stderr/tails.js';

export type NewsParts = {
  readonly tails: StderrTails;
  readonly log: Log;
  readonly care: ListenerCare;
  readonly records: Records;
  readonly leftBehind: LeftBehind;
  readonly problems: Problems;
  readonly border: Border;
  readonly traffic: Pick<RestartTraffic, 'inEvent' | 'inAnswer'>;
  /** Called at the first spawn, or when this image has taken the place of another. */
  readonly onFirstSpawn: () => void;
  readonly onEvent: (event: Event) => void;
  /** These parts are made later than the news, and may be missing. */
  readonly later: () => {
    readonly server: ControlServer | null;
    readonly metricsFile: MetricsFile | null;
    readonly state: StateKeeper | null;
  };
};

export function createNews(parts: NewsParts): Pick<World, 'tell' | 'answer'> {
  const {tails, log, care, records, leftBehind, problems, border, traffic, onEvent, later} = parts;
  let isUp = false;
  const up = ({type}: Event) => {
    if ((type !== 'spawned' && type !== 'upgraded') || isUp) return;
    isUp = true;
    parts.onFirstSpawn();
  };
  return {
    tell: (bare, tokens) => {
      const event = traffic.inEvent(quoteInEvent(bare, tails), tokens);
      doEach(border, {
        log: () => log(event),
        up: () => up(event),
        listeners: () => care.hear(event),
        // The counts must stand before the metrics file is written.
        records: () => [
          records.counter.count(event),
          records.history.record(event),
          records.runs.record(event),
        ],
        server: () => later().server?.tell(event, tokens),
        metrics: () => later().metricsFile?.touch(),
        state: () => later().state?.touch(),
        'left behind': () => leftBehind.hear(event),
        'last listener': () => onEvent(event),
      });
    },
    answer: (token, bare) => {
      const answer = traffic.inAnswer(token, quoteInAnswer(bare, tails));
      const give = () => later().server?.answer(token, problemsInAnswer(answer, problems));
      leftBehind.whenSeen(answer, () => doEach(border, {listeners: care.lookForVerdict, answer: give}));
    },
  };
}
