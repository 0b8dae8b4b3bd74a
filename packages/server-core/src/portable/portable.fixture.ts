import { parseJid } from '@parlour/jid'
import { CONTAINERS, type FoundEvent, PortableDataReader, PortableDataWriter } from '@parlour/portable-data'
import { Stand } from '../kernel.fixture.ts'
import { exportAccount, type ImportMode, PortableImport } from './index.ts'

export const KEEPING: ImportMode = { isTrial: false, replaces: false }
export const JULIET = parseJid('juliet@example.com')

export async function exported(stand: Stand, address: string): Promise<string> {
  const writer = new PortableDataWriter()
  let text = ''
  for await (const event of exportAccount(stand.kernel, parseJid(address))) text += writer.write(event)
  return text + writer.end()
}

export async function imported(stand: Stand, document: string, mode: ImportMode = KEEPING) {
  const own = stand.kernel.router.host('example.com')?.portable.containers ?? []
  const reader = new PortableDataReader({ containers: [...CONTAINERS, ...own] })
  const importing = new PortableImport(stand.kernel, mode)
  for (const event of [...reader.write(document), ...reader.end()] as FoundEvent[]) await importing.take(event)
  return importing.end()
}

export const inside = (content: string, { name = 'juliet', attributes = '' } = {}) =>
  `<server-data xmlns='urn:xmpp:pie:0'><host jid='example.com'><user name='${name}'${attributes}>${content}</user></host></server-data>`

export const roster = (items: string) => `<query xmlns='jabber:iq:roster'>${items}</query>`
export const contact = (name: string, subscription = 'both') =>
  `<item jid='romeo@example.net' name='${name}' subscription='${subscription}'><group>Friends</group></item>`
export const request = `<presence xmlns='jabber:client' type='subscribe' from='tybalt@example.net'><nick xmlns='urn:nick'>T</nick></presence>`

export const empty = () => Stand.open({ accounts: [] })
