/** The one question that `serverless package` asks of AWS, answered: there is no such stack yet. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const answer =
  '<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>' +
  '<Code>ValidationError</Code><Message>Stack with id lambda-slim-example-dev does not exist</Message></Error>' +
  '<RequestId>0</RequestId></ErrorResponse>';

export interface Served {
  readonly address: string;
  readonly close: () => Promise<void>;
}

export async function serveNoStacks(): Promise<Served> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(400, { 'content-type': 'text/xml' }).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
