"""Drives slixmpp's component by lines of JSON: {"id", "do", …} in, {"id", "result" | "error"} and {"event", …} out."""
import asyncio

import slixmpp
from slixmpp.componentxmpp import ComponentXMPP
from slixmpp_driver import drive, tell

PRESENCE_TYPES = {"away", "chat", "dnd", "xa"}


class Component(ComponentXMPP):
    def __init__(self, domain, secret, host, port):
        super().__init__(domain, secret, host, port)
        # The component is asked; it does not answer for the addresses that it has.
        self.auto_authorize = None
        self.auto_subscribe = False
        for plugin in ["xep_0030", "xep_0092", "xep_0199"]:
            self.register_plugin(plugin)
        self["xep_0030"].add_identity(category="gateway", itype="test", name="slixmpp")
        self["xep_0030"].set_identities(jid="nurse@" + domain, identities={("gateway", "test", None, "nurse")})
        self.connected_once = asyncio.get_event_loop().create_future()
        self.add_event_handler("session_start", lambda _: self.settle())
        self.add_event_handler("stream_error", lambda error: self.settle(error["condition"]))
        self.add_event_handler("disconnected", lambda reason: self.settle("disconnected: %s" % reason))
        callback = slixmpp.xmlstream.handler.Callback
        path = slixmpp.xmlstream.matcher.StanzaPath
        self.register_handler(callback("every message", path("message"), self.on_any_message))
        self.register_handler(callback("every presence", path("presence"), self.on_any_presence))

    def settle(self, error=None):
        if not self.connected_once.done():
            self.connected_once.set_exception(Exception(error)) if error else self.connected_once.set_result(None)

    def on_any_message(self, message):
        tell(event="message", type=message["type"], body=message["body"], to=str(message["to"]),
             **{"from": str(message["from"])})

    def on_any_presence(self, presence):
        kind = presence["type"]
        tell(event="presence", type="available" if kind in PRESENCE_TYPES else kind, status=presence["status"],
             show=presence["show"], to=str(presence["to"]), **{"from": str(presence["from"])})


component = None


async def connect(request):
    global component
    component = Component(request["jid"], request["password"], request["host"], request["port"])
    component.connect()
    await asyncio.wait_for(component.connected_once, 40)
    return {"jid": request["jid"], "mechanism": "handshake"}


async def message(request):
    component.send_message(mto=request["to"], mbody=request["body"], mtype="chat",
                           mfrom=request.get("from") or component.boundjid.bare)


async def presence(request):
    component.send_presence(pto=request["to"], ptype=request.get("type"), pshow=request.get("show"),
                            pstatus=request.get("status"), pfrom=request["from"])


async def version(request):
    result = await component["xep_0092"].get_version(request["to"], ifrom=component.boundjid.bare)
    return {"name": result["software_version"]["name"]}


async def close(_):
    await component.disconnect(wait=2)


drive(globals())
