"""Lines of JSON to and from slixmpp: {"id", "do", …} in, {"id", "result" | "error"} and {"event", …} out."""
import asyncio
import json
import logging
import sys

import slixmpp

logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, format="%(name)s %(message)s")
logging.getLogger("asyncio").setLevel(logging.INFO)


def tell(**what):
    print(json.dumps(what), flush=True)


def drive(operations):
    """Does what it is told, by functions of these names, until it is ended."""
    asyncio.get_event_loop().run_until_complete(serve(operations))


async def serve(operations):
    loop = asyncio.get_event_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tell(event="started")
    while line := await reader.readline():
        asyncio.ensure_future(answer(operations, json.loads(line)))


async def answer(operations, request):
    try:
        tell(id=request["id"], result=await operations[request["do"].replace("-", "_")](request))
    except slixmpp.exceptions.IqError as error:
        tell(id=request["id"], error=": ".join(filter(None, [error.condition, error.text])))
    except BaseException as error:
        tell(id=request["id"], error=str(error) or repr(error))
