/** Faults in what the core does for `--release`. */
import type {Fault} from './fault.js';

export const RELEASE_FAULTS: Readonly<Record<string, Fault>> = {
  'a lost generation starts from what the link says': {
    file: 'release/wish.js',
    from: "return good ? { type: 'generation', generation: good.generation, orLink: true } : { type: 'link' };",
    to: "return { type: 'link' };",
  },
  'a lost worker starts from what the link says': {
    file: 'release/wish.js',
    from: "settings.pinned ? { type: 'generation', generation, orLink } : { type: 'link' }",
    to: "{ type: 'link' }",
  },
  'what was asked for comes before what was good': {
    file: 'due.js',
    from: 'restart && restart.notBefore < recovery.notBefore',
    to: 'restart',
    isRare: true,
  },
  'a restart by time starts from what the link says': {
    file: 'settle.js',
    from: "pinned ? { type: 'good' } : { type: 'link' }",
    to: "{ type: 'link' }",
  },
  'requests for two releases are one': {
    file: 'ask.js',
    from: '!running || isSameWish(running.wish, more.wish)',
    to: 'true',
  },
  'two directories are the same release': {
    file: 'release/wish.js',
    from: "other.type === 'directory' && one.path === other.path",
    to: "other.type === 'directory'",
    isRare: true,
  },
  'the release that may start again is not kept': {
    file: 'release/wish.js',
    from: '...pinned, ...wished',
    to: '...wished',
  },
  'the same release again takes the place of the one before': {
    file: 'release/pinned.js',
    from: 'good && good.release !== release ? good : former',
    to: 'good ?? former',
  },
  'what was asked for is forgotten when what was good is up again': {
    file: 'restart.js',
    from: 'const restart = recovers ? model.restart : null;',
    to: 'const restart = null;',
    isRare: true,
  },
  'a restart of its own is charged to those who wait': {
    file: 'feed.js',
    from: 'recovers ? recoveryFailed : attemptFailed',
    to: 'attemptFailed',
    isRare: true,
  },
};
