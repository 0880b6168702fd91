/**
 * Ends the parsing where a connection asks too much at once. `destroy` alone does not: Node reads up to 64 KiB at a time, and its
 * parser goes on to the end of them, and makes a request and a response of every 40 bytes. 100 clients that each sent 3,000
 * requests at once and read nothing were 163,804 requests, 162,900 of them on connections that were closed already: seconds
 * in which no probe was answered, and 200 MiB.
 *
 * What ends it is an upgrade, because no HTTP follows: Node leaves the rest alone, and the server hangs up. So a request that
 * is too much says that it is one. Should a later version of Node not ask, the rest is parsed as
 * before, and a test fails.
 *
 * No other request says so, not even one with the method CONNECT: it is answered like any method that there is not.
 */
import {IncomingMessage} from 'node:http';
import type {Socket} from 'node:net';

/** @param isFull whether one more request of this connection would be too much */
export function requestClass(isFull: (socket: Socket) => boolean): typeof IncomingMessage {
  return class Request extends IncomingMessage {
    /** What it was when the request came: that one counts afterwards. */
    private readonly isTooMuch: boolean;

    constructor(socket: Socket) {
      super(socket);
      this.isTooMuch = isFull(socket);
    }

    get upgrade(): boolean {
      return this.isTooMuch;
    }

    /** Node says what the client has asked for. */
    set upgrade(_: boolean) {}
  };
}
