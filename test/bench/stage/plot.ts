/** The input of the plotting library: one panel below the other, with time across and latency up, on one scale. */
import {failedOf, type Sample} from './load.js';

export type Panel = {
  readonly title: string;
  readonly samples: readonly Sample[];
  /** In ms. */
  readonly restartsAt: readonly number[];
};

export type Plot = {readonly width: number; readonly height: number; readonly option: object};

const WIDTH = 900;
const PANEL = 130;
const GAP = 45;
const LEFT = 80;
/** A point for every request would be a file of megabytes; the slowest of each slice of time is what matters. */
const SLICE_MS = 200;
const [LOWEST_MS, HIGHEST_MS] = [0.1, 10_000];
const [ANSWERED, FAILED, RESTART] = ['#2a6fb0', '#d03030', '#c8c8c8'];

export function plotOf(panels: readonly Panel[]): Plot {
  const height = panels.length * (PANEL + GAP) + GAP;
  const topOf = (index: number) => GAP + index * (PANEL + GAP);
  // Not by Math.max: the samples of all panels are more than a call can take.
  const endMs = panels.flatMap(({samples}) => samples).reduce((latest, {atMs}) => Math.max(latest, atMs), 0);
  return {
    width: WIDTH,
    height,
    option: {
      animation: false,
      backgroundColor: '#ffffff',
      title: panels.map(({title, samples}, index) => ({
        text: `${title}: ${failedOf(samples).length} of ${samples.length} requests failed`,
        left: LEFT,
        top: topOf(index) - 26,
        textStyle: {fontSize: 13, fontWeight: 'bold'},
      })),
      grid: panels.map((_, index) => ({left: LEFT, right: 20, top: topOf(index), height: PANEL})),
      xAxis: panels.map((_, index) => ({
        gridIndex: index,
        type: 'value',
        max: Math.ceil(endMs / 1000),
        axisLabel: {formatter: '{value} s'},
        splitLine: {show: false},
      })),
      yAxis: panels.map((_, index) => ({
        gridIndex: index,
        type: 'log',
        min: LOWEST_MS,
        max: HIGHEST_MS,
        axisLabel: {formatter: '{value} ms'},
      })),
      series: panels.flatMap((panel, index) => seriesOf(panel, index)),
    },
  };
}

function seriesOf({samples, restartsAt}: Panel, index: number): object[] {
  const place = {type: 'scatter', xAxisIndex: index, yAxisIndex: index};
  const slowest = slowestOfSlices(samples.filter(({failure}) => failure === null));
  const failed = slowestOfSlices(failedOf(samples));
  return [
    {
      ...place,
      symbolSize: 3,
      itemStyle: {color: ANSWERED},
      data: slowest,
      markLine: {
        silent: true,
        symbol: 'none',
        label: {show: false},
        lineStyle: {color: RESTART, type: 'solid'},
        data: restartsAt.map(atMs => ({xAxis: round(atMs / 1000)})),
      },
    },
    {...place, symbol: 'diamond', symbolSize: 7, itemStyle: {color: FAILED}, data: failed},
  ];
}

function slowestOfSlices(samples: readonly Sample[]): [seconds: number, ms: number][] {
  const slices = new Map<number, Sample>();
  for (const sample of samples) {
    const slice = Math.floor(sample.atMs / SLICE_MS);
    if (sample.tookMs > (slices.get(slice)?.tookMs ?? -1)) slices.set(slice, sample);
  }
  return [...slices.values()].map(({atMs, tookMs}) => [
    round(atMs / 1000),
    round(Math.max(tookMs, LOWEST_MS)),
  ]);
}

const round = (value: number) => Math.round(value * 100) / 100;
