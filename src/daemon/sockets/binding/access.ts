/** Who may connect to a unix listener: its mode and its owner. */
import type {Stats} from 'node:fs';
import {causeOf, invalidOption} from '../../../shared/words/errors.js';
import type {Listening, OwnerWish} from '../../config/listening/read.js';
import {groupNumber, type Owner, userNumber} from '../../system/unix/owner.js';

/** `owner` null: the user and the group of ssd. */
export type Access = {readonly mode: number; readonly owner: Owner | null};

/** start_server lets everybody connect. */
const EVERYBODY = 0o777;

/** @throws {Refusal} `option-invalid` for a user or a group that is not known */
export function readAccess({pathMode, pathOwner}: Partial<Listening>): Access {
  return {mode: pathMode ?? EVERYBODY, owner: pathOwner ? ownerFor(pathOwner) : null};
}

/** The access that the socket had which is to be replaced. An operator may have changed it. */
export function accessOf({mode, uid, gid}: Stats): Access {
  const isOurs = uid === process.geteuid?.() && gid === process.getegid?.();
  return {mode: mode & 0o777, owner: isOurs ? null : {uid, gid}};
}

const UNCHANGED = -1;

function ownerFor({user, group}: OwnerWish): Owner {
  const given = `${user}${group === null ? '' : `:${group}`}`;
  const find = (what: string, name: string | null, look: (name: string) => number | null) => {
    if (name === null || name === '') return UNCHANGED;
    let id: number | null;
    try {
      id = look(name);
    } catch (error) {
      throw invalidOption('path-owner', given, `cannot look up ${what} ${name}: ${causeOf(error)}`);
    }
    if (id === null) throw invalidOption('path-owner', given, `there is no ${what} ${name}`);
    return id;
  };
  return {uid: find('user', user, userNumber), gid: find('group', group, groupNumber)};
}
