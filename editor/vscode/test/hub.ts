/**
 * A hub of model weights on the loopback interface, as `huggingface_hub` speaks to one: it has one file. The first answer
 * falls silent after a third of it, as a network does; later ones go on from where they are asked to.
 */

import { createReadStream, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';

const HASH = '0'.repeat(40);

export interface Hub {
  url: string;
  stop(): void;
}

export async function startHub(path: string): Promise<Hub> {
  const { size } = statSync(path);
  const asked: { from: number; sent: number }[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/asked') {
      response.end(JSON.stringify(asked));
      return;
    }
    if (!request.url?.includes('/resolve/')) {
      response.writeHead(request.method === 'HEAD' ? 200 : 404).end();
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': size - from,
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
      etag: `"${HASH}"`,
      'x-repo-commit': HASH,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${size - 1}/${size}` } : {}),
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const record = { from, sent: 0 };
    asked.push(record);
    send(path, from, asked.length === 1 ? Math.floor(size / 3) : size, record, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Sends `from` up to `end`; the answer is ended only where that is all of it. */
function send(
  path: string,
  from: number,
  end: number,
  record: { sent: number },
  response: ServerResponse,
): void {
  const reading = createReadStream(path, { start: from, end: end - 1 });
  reading.on('data', (piece) => {
    record.sent += piece.length;
  });
  reading.on('error', () => response.destroy());
  response.on('close', () => reading.destroy());
  reading.pipe(response, { end: end === statSync(path).size });
}
