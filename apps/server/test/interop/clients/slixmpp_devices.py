"""What slixmpp knows of receipts (XEP-0184), blocking (XEP-0191) and client state (XEP-0352); access management (XEP-0494) by hand."""
from xml.etree import ElementTree

from slixmpp.exceptions import IqError
from slixmpp_driver import tell

PLUGINS = ["xep_0184", "xep_0191", "xep_0352"]
ACCESS = "{urn:xmpp:cam:0}"


def listen(client):
    client.add_event_handler("receipt_received", lambda message: tell(
        event="receipt", of=message["receipt"], **{"from": str(message["from"])}))


async def message_with_receipt(client, request):
    message = client.make_message(mto=request["to"], mbody=request["body"], mtype="chat")
    message["id"] = request["messageId"]
    message["request_receipt"] = True
    message.send()


async def block(client, request):
    await client["xep_0191"].block(request["jid"])


async def unblock(client, request):
    await client["xep_0191"].unblock(request["jid"])


async def blocked(client, _):
    result = await client["xep_0191"].get_blocked()
    return sorted(str(jid) for jid in result["blocklist"]["items"])


async def client_state(client, request):
    getattr(client["xep_0352"], "send_" + request["state"])()


async def devices(client, _):
    iq = client.Iq(stype="get")
    ElementTree.SubElement(iq.xml, ACCESS + "list")
    result = await iq.send()
    return [{"id": each.get("id"), "isConnected": each.get("connected") == "true",
             "ways": [way.tag.removeprefix(ACCESS) for way in each.find(ACCESS + "auth")]}
            for each in result.xml.find(ACCESS + "clients")]


async def revoke(client, request):
    iq = client.Iq(stype="set")
    ElementTree.SubElement(iq.xml, ACCESS + "revoke", id=request["device"])
    try:
        await iq.send()
        return "revoked"
    except IqError as error:
        if error.iq.xml.find(".//" + ACCESS + "password-reset-required") is None:
            raise
        return "password-reset-required"
