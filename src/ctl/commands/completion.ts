import {printCompletionScript} from '../arguments/yargs.js';
import type {Command} from '../instance/context.js';

export const completion: Command<'completion'> = async (_, {shell}) => printCompletionScript(shell);
