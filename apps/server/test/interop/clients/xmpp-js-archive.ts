import { type Client, type Element, xml } from '@xmpp/client'

const ARCHIVE = 'urn:xmpp:mam:2'
const RESULT_SET = 'http://jabber.org/protocol/rsm'

/** `@xmpp/client` has no module for archives: a query made by hand (XEP-0313 §4). */
export async function askArchive(entity: Client, request: Readonly<Record<string, string>>): Promise<unknown> {
  const results: Element[] = []
  const field = (name: string, value = '') => xml('field', { var: name }, xml('value', {}, value))
  const form = xml(
    'x',
    { xmlns: 'jabber:x:data', type: 'submit' },
    field('FORM_TYPE', ARCHIVE),
    field('with', request.with),
  )
  const page = xml(
    'set',
    { xmlns: RESULT_SET },
    xml('max', {}, String(request.max)),
    request.after ? xml('after', {}, request.after) : undefined,
    request.last ? xml('before', {}) : undefined,
  )
  const take = (stanza: Element) => {
    const result = stanza.getChild('result', ARCHIVE)
    if (result?.attrs.queryid === 'asked') results.push(result)
  }
  entity.on('stanza', take)
  try {
    // `set` gives back only a child that is named as the one of the request.
    const query = xml('query', { xmlns: ARCHIVE, queryid: 'asked' }, form, page)
    const answer = await entity.iqCaller.request(xml('iq', { type: 'set' }, query), 40_000)
    const fin = answer.getChild('fin', ARCHIVE)
    const messages = results.map((result) => {
      const stanza = result.getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message', 'jabber:client')
      return { id: result.attrs.id, body: stanza?.getChildText('body') }
    })
    return { complete: ['true', '1'].includes(fin?.attrs.complete ?? ''), messages }
  } finally {
    entity.off('stanza', take)
  }
}
