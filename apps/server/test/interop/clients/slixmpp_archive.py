"""What slixmpp knows of archives (XEP-0313)."""
from slixmpp import JID

PLUGINS = ["xep_0059", "xep_0313"]


async def archive(client, request):
    rsm = {"max": request["max"]}
    if request.get("after"):
        rsm["after"] = request["after"]
    plugin, other = client["xep_0313"], JID(request["with"])
    if request.get("last"):
        # An empty <before/> is what its iterator begins with.
        async for page in plugin.retrieve(with_jid=other, rsm=rsm, iterator=True, reverse=True):
            return found(page, page["mam_fin"]["results"])
    answer = await plugin.retrieve(with_jid=other, rsm=rsm)
    return found(answer, answer["mam"]["results"])


def found(answer, results):
    fin = answer.xml.find("{urn:xmpp:mam:2}fin")
    messages = [each["mam_result"] for each in results]
    return {"complete": fin.get("complete") in ("true", "1"),
            "messages": [{"id": each["id"], "body": each["forwarded"]["stanza"]["body"]} for each in messages]}
