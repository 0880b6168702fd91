import {answerTo} from '../../instance/answer.js';
import type {Command} from '../../instance/context.js';
import {renderReleases} from '../../render/releases.js';

export const releases: Command<'releases'> = async ({connect, output}) => {
  const answer = await answerTo(await connect(), 'releases');
  output.result(answer, view => renderReleases(answer, view));
};
