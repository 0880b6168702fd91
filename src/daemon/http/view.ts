/** Everything that HTTP shows of the daemon. It has no verb: nobody can change anything by HTTP. */
import type {Recorded} from '../../shared/protocol/event.js';
import type {Status} from '../../shared/protocol/status.js';

/** The forms of metrics: OpenMetrics 1.0.0, or the text format 0.0.4 of Prometheus. */
export type MetricsForm = 'openmetrics' | 'text';

export type HttpView = {
  /** What a probe asks for. It costs little. */
  readonly probe: () => Probe;
  readonly status: () => Promise<Status>;
  readonly metricsIn: (form: MetricsForm) => Promise<string>;
  /** Past events, the oldest first, and future ones. */
  readonly history: {
    readonly last: () => number;
    readonly after: (seq: number) => readonly Recorded[];
    readonly follow: (listener: (event: Recorded) => void) => () => void;
  };
  /** Tells the events of this ssd from those of another one that was at the same address. A replacement keeps it. */
  readonly epoch: string;
};

export type Probe = {
  /** The generation that serves; null: none does. */
  readonly serving: number | null;
  readonly isPaused: boolean;
  readonly isStopping: boolean;
};
