/** Draws the table of the workers of a generation. */
/** @import {GenerationView, WorkerView} from '../view/generation.js' */
import {list, make, say, setAll} from './dom.js';

/** @typedef {GenerationView['columns'][number]} Column */

/** @param {string} name */
export function createTable(name) {
  const [heads, body] = [make('tr'), make('tbody')];
  const table = make('table', 'workers', [
    make('caption', 'unseen', [name]),
    make('thead', '', [heads]),
    body,
  ]);
  /**
   * @param {readonly Column[]} columns
   * @param {readonly WorkerView[]} workers
   */
  const drawTable = (columns, workers) => {
    list(heads, columns, column => column.name, createHead);
    const rows = workers.map(worker => ({worker, columns}));
    list(body, rows, ({worker}) => worker.key, createRow);
  };
  return {table, drawTable};
}

/** @param {Column} column */
function createHead({name, title}) {
  const root = make('th', name, [title]);
  root.scope = 'col';
  return {root, update: () => {}};
}

function createRow() {
  const root = make('tr');
  /** @param {{readonly worker: WorkerView, readonly columns: readonly Column[]}} row */
  const update = ({worker, columns}) => {
    root.dataset.tone = worker.tone;
    const cells = columns.map(column => ({...column, text: worker.cells[column.name] ?? ''}));
    list(root, cells, cell => cell.name, createCell);
  };
  return {root, update};
}

/** @param {Column} column */
function createCell({name, title}) {
  const root = make(name === 'index' ? 'th' : 'td', name);
  // On a narrow screen, where the heads are not shown, the style puts it before the value.
  setAll(root, name === 'index' ? {scope: 'row'} : {'data-title': title.toLowerCase()});
  /** @param {{readonly text: string}} cell */
  const update = ({text}) => say(root, text);
  return {root, update};
}
