import type { Recipe } from './recipe.js';

export default {
  name: 'grpcio',
  source: 'wheels grpcio 1.85.1 (CPython 3.13) and 1.76.0 (CPython 3.12), x86_64, measured 2026-11',
  provedOn: '>=1.76,<1.86',
  // Nearly all of it is one compiled module; the root certificates beside it are read by secure channels and stay.
  rules: [],
  probe: `
import asyncio
import grpc
import grpc.aio
from concurrent import futures

class Echo(grpc.GenericRpcHandler):
    def service(self, details):
        if details.method == "/probe.Echo/Say":
            return grpc.unary_unary_rpc_method_handler(lambda request, context: request[::-1])
# No network is needed: server and client meet at a socket in the file system. A relative one: paths of sockets end at 107 bytes.
import os, tempfile
os.chdir(tempfile.mkdtemp())
address = "unix:s"
server = grpc.server(futures.ThreadPoolExecutor(2))
server.add_generic_rpc_handlers((Echo(),))
server.add_insecure_port(address)
server.start()
with grpc.insecure_channel(address) as channel:
    assert channel.unary_unary("/probe.Echo/Say")(b"abc", timeout=20) == b"cba"
    try:
        channel.unary_unary("/probe.Echo/None")(b"", timeout=20)
    except grpc.RpcError as error:
        assert error.code() is grpc.StatusCode.UNIMPLEMENTED
async def ask():
    async with grpc.aio.insecure_channel(address) as channel:
        return await channel.unary_unary("/probe.Echo/Say")(b"xy", timeout=20)
assert asyncio.run(ask()) == b"yx"
server.stop(0).wait()
credentials = grpc.ssl_channel_credentials()
secure = grpc.secure_channel("localhost:1", credentials, options=[("grpc.max_receive_message_length", 1)])
secure.close()
`,
} satisfies Recipe;
