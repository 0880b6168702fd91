import {printCompletionScript} from '../cli.js';
import type {Command} from '../context.js';

export const completion: Command<'completion'> = async (_, {shell}) => printCompletionScript(shell);
