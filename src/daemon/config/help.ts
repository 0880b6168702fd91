/** What `ssd --help` prints. */
import {helpPage, optionItems} from '../../shared/words/layout/help-page.js';
import {OPTIONS} from './options.js';

export function helpText(columns: number): string {
  return helpPage(
    [
      {text: 'Usage: ssd [options] -- program [argument ...]'},
      {
        text: 'Binds listeners, starts the program, which inherits them, and replaces it without closing them. A TIME is a number of seconds or has a unit: 200ms, 30s, 5m.',
      },
      {title: 'Options:', items: optionItems(OPTIONS)},
      {
        title: 'Examples:',
        lines: ['ssd --port=8080 -- /srv/app/server', 'ssctl restart', 'ssctl status'],
      },
      {text: 'The manual is ssd(8). ssctl --help shows how to control a running ssd.'},
    ],
    columns,
  );
}
