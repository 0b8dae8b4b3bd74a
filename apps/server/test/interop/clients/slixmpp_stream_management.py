"""Stream Management (XEP-0198) with slixmpp: a connection that is cut, and the session that goes on."""
import asyncio

PLUGINS = ["xep_0198"]


async def cut(client):
    client.address_of_server = client.transport.get_extra_info("peername")[:2]
    gone = asyncio.get_event_loop().create_future()
    client.add_event_handler("disconnected", lambda _: gone.done() or gone.set_result(None), disposable=True)
    client.abort()
    await asyncio.wait_for(gone, 40)


async def message_when_back(client, request, tls):
    loop = asyncio.get_event_loop()
    back, acknowledged = loop.create_future(), loop.create_future()

    def settle(resumed):
        if not back.done():
            back.set_result(resumed)

    client.add_event_handler("session_resumed", lambda _: settle(True))
    client.add_event_handler("session_start", lambda _: settle(False))

    def acked(stanza):
        if stanza["body"] == request["body"] and not acknowledged.done():
            acknowledged.set_result(None)

    client.add_event_handler("stanza_acked", acked)
    client.send_message(mto=request["to"], mbody=request["body"], mtype="chat")
    client.connect(client.address_of_server, **tls)
    resumed = await asyncio.wait_for(back, 40)
    # It asks every five stanzas by itself.
    while not acknowledged.done():
        client["xep_0198"].request_ack()
        await asyncio.sleep(0.2)
    return {"resumed": resumed}
