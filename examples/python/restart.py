#!/usr/bin/env python3
"""Restarts the server of an ssd by its control socket, and says how that ended: restart.py /run/ssd/app.sock"""
import json
import socket
import sys


def messages(path, verb, params):
    """Sends one request. Gives each event, then the message that has the result or the error."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        lines = connection.makefile('r', encoding='utf-8')
        hello = json.loads(lines.readline())
        if hello['params']['protocol'] != 1:
            sys.exit(f"{path} speaks version {hello['params']['protocol']} of the protocol")
        request = {'jsonrpc': '2.0', 'id': 1, 'method': verb, 'params': params}
        connection.sendall(json.dumps(request).encode() + b'\n')
        for line in lines:
            message = json.loads(line)
            yield message
            if message.get('method') != 'event':
                return
    sys.exit(f'{path} was closed before the answer')


def main(path):
    for message in messages(path, 'restart', {'attempts': 1}):
        if message.get('method') == 'event':
            event = message['params']['event']
            print(event['type'], event.get('generation', ''), file=sys.stderr)
    if 'error' in message:
        sys.exit(f"the restart was refused: {message['error']['data']['code']}")
    result = message['result']
    if result['verdict'] == 'failed':
        for line in result.get('stderr') or []:
            print(line, file=sys.stderr)
        sys.exit(f"generation {result['generation']} failed: {json.dumps(result['ending'])}")
    if result['verdict'] == 'cancelled':
        sys.exit(f"the restart was cancelled: {result['reason']}")
    print(f"generation {result.get('by', result['generation'])} serves")


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: restart.py SOCKET')
    try:
        main(sys.argv[1])
    except OSError as error:
        sys.exit(f'cannot talk to ssd at {sys.argv[1]}: {error.strerror}')
    except ValueError as error:
        sys.exit(f'{sys.argv[1]} does not speak the protocol of ssd: {error}')
