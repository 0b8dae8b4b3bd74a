"""Drives slixmpp by lines of JSON: {"id", "do", …} in, {"id", "result" | "error"} and {"event", …} out."""
import asyncio
import ssl
from xml.etree import ElementTree

import slixmpp
import slixmpp_archive
import slixmpp_devices
import slixmpp_stream_management
from slixmpp_driver import drive, tell

PLUGINS = ["xep_0012", "xep_0030", "xep_0049", "xep_0054", "xep_0077", "xep_0092", "xep_0115", "xep_0199", "xep_0202", "xep_0203", "xep_0280", *slixmpp_archive.PLUGINS, *slixmpp_devices.PLUGINS, *slixmpp_stream_management.PLUGINS]


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password, ca, register=None):
        super().__init__(jid, password)
        self.ca_certs = ca or None
        if not ca:
            self.ssl_context.check_hostname = False
            self.ssl_context.verify_mode = ssl.CERT_NONE
        self.roster.auto_authorize = None
        self.roster.auto_subscribe = False
        self.registering = register
        for plugin in PLUGINS:
            self.register_plugin(plugin)
        self.signed_in = asyncio.get_event_loop().create_future()
        for name in ["session_start", "failed_auth", "connection_failed", "disconnected", "message", "message_error",
                     "roster_update", "register", "stream_error", "carbon_sent", "carbon_received"]:
            self.add_event_handler(name, getattr(self, "on_" + name))
        slixmpp_devices.listen(self)
        self.register_handler(slixmpp.xmlstream.handler.Callback(
            "every presence", slixmpp.xmlstream.matcher.StanzaPath("presence"), self.on_any_presence))
        self["xep_0077"].create_account = register is not None
        # This version holds back every request before the session, and with them its own for registering.
        self._always_send_everything = register is not None

    def settle(self, error=None):
        if not self.signed_in.done():
            self.signed_in.set_exception(Exception(error)) if error else self.signed_in.set_result(None)

    def on_session_start(self, _):
        self.settle()

    def on_failed_auth(self, failure):
        self.settle("failed auth: " + failure["condition"])

    def on_connection_failed(self, reason):
        self.settle("connection failed: %s" % reason)

    def on_disconnected(self, reason):
        self.settle("disconnected: %s" % reason)
        tell(event="closed", reason=str(reason))

    def on_stream_error(self, error):
        tell(event="stream-error", condition=error["condition"])

    async def on_register(self, form):
        iq = self.Iq()
        iq["type"] = "set"
        iq["register"]["username"] = self.boundjid.user
        iq["register"]["password"] = self.registering
        try:
            await iq.send()
            tell(event="registered")
        except slixmpp.exceptions.IqError as error:
            self.settle("registration: " + error.condition)

    def on_message(self, message):
        stamp = message["delay"]["stamp"] if message.xml.find("{urn:xmpp:delay}delay") is not None else None
        tell(event="message", type=message["type"], body=message["body"], delayed=stamp and str(stamp),
             **{"from": str(message["from"])})

    def on_message_error(self, message):
        error = message["error"]
        tell(event="message-error", condition=error["condition"], text=error["text"], **{"from": str(message["from"])})

    def on_carbon_sent(self, message):
        self.tell_carbon("sent", message["carbon_sent"])

    def on_carbon_received(self, message):
        self.tell_carbon("received", message["carbon_received"])

    def tell_carbon(self, direction, copy):
        tell(event="carbon", direction=direction, type=copy["type"], body=copy["body"], to=str(copy["to"]),
             **{"from": str(copy["from"])})

    def on_any_presence(self, presence):
        tell(event="presence", type=presence.xml.get("type") or "available", status=presence["status"],
             show=presence.xml.findtext("{jabber:client}show") or "", **{"from": str(presence["from"])})

    def on_roster_update(self, iq):
        if iq["type"] == "set":
            for jid, item in iq["roster"]["items"].items():
                tell(event="roster-push", jid=str(jid), subscription=item["subscription"], name=item["name"],
                     ask=item["ask"])


client = None


async def connect(request):
    global client
    client = Client(request["jid"], request["password"], request["ca"], request.get("register"))
    direct = request["tls"] == "direct"
    client.way = {"use_ssl": True} if direct else {"force_starttls": bool(request["ca"])}
    client.connect((request["host"], request["port"]), **client.way)
    await asyncio.wait_for(client.signed_in, 40)
    await client["xep_0115"].update_caps(broadcast=False)
    mechanism = client["feature_mechanisms"].mech
    return {"jid": client.boundjid.full, "mechanism": mechanism.name if mechanism else None,
            "tls": client.socket.version() if hasattr(client.socket, "version") else None}


async def presence(request):
    client.send_presence(pto=request.get("to"), ptype=request.get("type"), pshow=request.get("show"),
                         pstatus=request.get("status"), ppriority=request.get("priority"))


async def roster_get(_):
    await client.get_roster()
    # An empty answer means that what it keeps is current (RFC 6121 §2.6.3).
    kept = client.client_roster
    return [{"jid": str(jid), "subscription": kept[jid]["subscription"], "name": kept[jid]["name"],
             "ask": "subscribe" if kept[jid]["pending_out"] else "", "groups": kept[jid]["groups"]}
            for jid in kept if jid != client.boundjid.bare]


async def roster_set(request):
    await client.update_roster(request["jid"], name=request["name"], groups=request["groups"])


async def roster_remove(request):
    await client.del_roster_item(request["jid"])


async def message(request):
    client.send_message(mto=request["to"], mbody=request["body"], mtype="chat")


async def disco(request):
    result = await client["xep_0030"].get_info(jid=request["to"], cached=False)
    return {"features": sorted(result["disco_info"]["features"]),
            "identities": [list(identity) for identity in result["disco_info"]["identities"]]}


async def disco_items(request):
    result = await client["xep_0030"].get_items(jid=request["to"])
    return [str(item[0]) for item in result["disco_items"]["items"]]


async def ping(request):
    return {"seconds": await client["xep_0199"].ping(request["to"])}


async def vcard_set(request):
    card = client["xep_0054"].make_vcard()
    card["FN"] = request["fullName"]
    await client["xep_0054"].publish_vcard(card)


async def vcard_get(request):
    result = await client["xep_0054"].get_vcard(request["to"], local=False, cached=False)
    return {"fullName": result["vcard_temp"]["FN"]}


async def last_activity(request):
    result = await client["xep_0012"].get_last_activity(request["to"], local=False)
    return {"seconds": result["last_activity"]["seconds"]}


async def version(request):
    result = await client["xep_0092"].get_version(request["to"])
    return {"name": result["software_version"]["name"]}


async def time(request):
    result = await client["xep_0202"].get_entity_time(request["to"])
    # Its own reading of the text appends a second "Z", which it then cannot parse.
    return {"utc": result.xml.findtext("{urn:xmpp:time}time/{urn:xmpp:time}utc")}


async def private_set(request):
    iq = client.Iq(stype="set")
    query = ElementTree.SubElement(iq.xml, "{jabber:iq:private}query")
    ElementTree.SubElement(query, "{urn:parlour:interop}note").text = request["text"]
    await iq.send()


async def private_get(_):
    iq = client.Iq(stype="get")
    query = ElementTree.SubElement(iq.xml, "{jabber:iq:private}query")
    ElementTree.SubElement(query, "{urn:parlour:interop}note")
    result = await iq.send()
    return {"text": result.xml.findtext(".//{urn:parlour:interop}note")}


async def carbons(_):
    await client["xep_0280"].enable()


async def archive(request):
    return await slixmpp_archive.archive(client, request)


async def message_with_receipt(request):
    await slixmpp_devices.message_with_receipt(client, request)


async def block(request):
    await slixmpp_devices.block(client, request)


async def unblock(request):
    await slixmpp_devices.unblock(client, request)


async def blocked(request):
    return await slixmpp_devices.blocked(client, request)


async def client_state(request):
    await slixmpp_devices.client_state(client, request)


async def devices(_):
    return await slixmpp_devices.devices(client, _)


async def revoke(request):
    return await slixmpp_devices.revoke(client, request)


async def cut(_):
    await slixmpp_stream_management.cut(client)


async def message_when_back(request):
    return await slixmpp_stream_management.message_when_back(client, request, client.way)


async def change_password(request):
    await client["xep_0077"].change_password(request["password"])


async def close(_):
    await client.disconnect(wait=2)


drive(globals())
