/**
 * What the page has in common with ssctl: its sentences, and who serves. `scripts/bundle.mjs` makes `/common.js` of this file. It
 * is the only script of the page that is made; the others are served as they lie here.
 */
export {correlated} from '../../../shared/correlated.js';
export {serves, servingGeneration} from '../../../shared/protocol/serving.js';
export {describeEvent, describeTraffic} from '../../../shared/words/describe-event.js';
export {describeProblem} from '../../../shared/words/describe-problem.js';
export {formatDuration} from '../../../shared/words/duration.js';
export {printable} from '../../../shared/words/printable.js';
export {formatSize} from '../../../shared/words/size.js';
export {describeFailedStart, describeHint} from '../../../shared/words/starts/failed-start.js';
export {attemptsOf, describeCancelled, generationsOf} from '../../../shared/words/wording.js';
