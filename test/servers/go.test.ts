/** The lines of ssd(8) in Go, put into one program: it takes the listener and says that it is ready. */
import {writeFileSync} from 'node:fs';
import {COMPILE_MS} from '../examples/recipes.js';
import {needs} from '../helpers/programs.js';
import {createRig} from '../helpers/rig.js';
import {answerOf, freePort} from '../helpers/sockets.js';
import {display} from '../manual/page.js';

const goLine = (contains: string, among: string) => {
  const paragraph = display('ssd.8', 'WRITING A SERVER', among)
    .split(/\n(?=\S)/)
    .find(text => /^(Go |listener, err)/.test(text) && text.includes(contains));
  return (paragraph ?? '').replace(/^Go +/, '').trim();
};

const program = () => `package main

import (
	"net"
	"os"
	"strconv"
	"strings"
)

func main() {
	port := os.Getenv("SERVER_STARTER_PORT")
	fd, _ := strconv.Atoi(port[strings.LastIndex(port, "=")+1:])
	${goLine('FileListener', 'TCPServer')}
	if err != nil {
		panic(err)
	}
	if text := os.Getenv("SSD_READY_FD"); text != "" {
		number, _ := strconv.Atoi(text)
		readyFd := uintptr(number)
		${goLine('readyFd', 'echo >&')}
	} else {
		${goLine('unixgram', 'systemd-notify')}
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		connection.Write([]byte("hello\\n"))
		connection.Close()
	}
}
`;

needs('go')('the lines of Go serve, and say that they are ready both ways', async t => {
  t.timeout(COMPILE_MS);
  const rig = await createRig(t);
  writeFileSync(rig.path('main.go'), program());
  const built = await rig.run(['go', 'build', '-o', 'server', 'main.go'], {patienceMs: COMPILE_MS});
  t.is(built.code, 0, built.stderr);
  for (const ready of ['fd', 'notify']) {
    const port = await freePort();
    const ssd = rig.ssd([`--port=127.0.0.1:${port}`, `--ready=${ready}`], ['./server']);
    await ssd.line(/generation 1 is ready/);
    t.is(await answerOf({port, host: '127.0.0.1'}), 'hello');
    ssd.kill('SIGTERM');
    t.is((await ssd.exit()).code, 0);
  }
});
