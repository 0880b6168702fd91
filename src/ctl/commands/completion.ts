import {completionScript} from '../arguments/completion-script.js';
import type {Command} from '../instance/context.js';

export const completion: Command<'completion'> = async ({output}, {shell}) =>
  output.write(completionScript(['ssd', 'ssctl'], shell));
