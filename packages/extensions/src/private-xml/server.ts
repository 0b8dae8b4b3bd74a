/** XEP-0049: Private XML Storage, version 1.2: for each account, elements by their name, which nobody else sees. */
import { defineServerModule, type IqRequest, type ModuleHost, type ModuleStore } from '@parlour/server-core'
import { CLIENT_NAMESPACE, StanzaError } from '@parlour/stanza'
import { type Element, parseXml, WRITTEN_PARSER_LIMITS } from '@parlour/xml'
import * as v from 'valibot'
import { type PrivateXmlElements, privateXmlPart } from './portable.ts'
import { PRIVATE_XML_NAMESPACE, privateXmlElement } from './wire.ts'

const count = (fallback: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), fallback)

const configuration = v.strictObject({
  maxBytes: v.pipe(count(262_144), v.description('size of all that one account stores')),
  maxElements: v.pipe(count(100), v.description('elements that one account stores')),
})

type Host = ModuleHost<v.InferOutput<typeof configuration>>

export const privateXmlServer = defineServerModule({
  name: 'private-xml',
  implements: [{ xep: 49, version: '1.2' }],
  config: configuration,
  setup(host) {
    const storage = new PrivateXml(host)
    // §4: "A server MUST NOT allow any entity other than an authorized resource of the user"; §2.3: `forbidden`.
    const options = { target: 'account', access: 'owner', refusal: 'forbidden' } as const
    return [
      host.portable(privateXmlPart(storage.portable)),
      host.discovery.advertise(PRIVATE_XML_NAMESPACE, 'server', 'account'),
      host.iq.get(PRIVATE_XML_NAMESPACE, 'query', (request) => storage.get(request), options),
      host.iq.set(PRIVATE_XML_NAMESPACE, 'query', (request) => storage.set(request), options),
    ]
  },
})

class PrivateXml {
  readonly #host: Host
  readonly #store: ModuleStore

  constructor(host: Host) {
    this.#host = host
    this.#store = host.store('elements')
  }

  async get(request: IqRequest): Promise<Element> {
    const [wanted, ...others] = request.payload.elements()
    if (!wanted || others.length > 0) throw new StanzaError('bad-request', 'ask for exactly one element')
    assertNamespace(wanted)
    const text = await this.#store.get(request.to.toString(), keyOf(wanted))
    if (typeof text !== 'string') return privateXmlElement(wanted.withChildren([]))
    return privateXmlElement(this.#read(text))
  }

  async set(request: IqRequest): Promise<undefined> {
    const elements = request.payload.elements()
    if (elements.length === 0) throw new StanzaError('not-acceptable', 'there is nothing to store')
    for (const element of elements) assertNamespace(element)
    const owner = request.to.toString()
    const changes = new Map(elements.map((element) => [keyOf(element), element.toString()]))
    this.#assertRoom(new Map([...(await this.#store.list(owner)), ...changes]))
    await this.#host.commit([...changes].map(([key, text]) => this.#store.write(owner, text, key)))
  }

  get portable(): PrivateXmlElements {
    return {
      list: (owner) => this.#store.list(owner),
      key: keyOf,
      read: (text) => this.#read(text),
      refusal: (element, records) => this.#refusal(new Map([...records, [keyOf(element), element.toString()]])),
      put: (owner, element) => this.#store.put(owner, element.toString(), keyOf(element)),
    }
  }

  #read(text: string): Element {
    return parseXml(text, { ...WRITTEN_PARSER_LIMITS, maxBytes: 4 * this.#host.config.maxBytes })
  }

  #assertRoom(records: ReadonlyMap<string, unknown>): void {
    const refusal = this.#refusal(records)
    if (refusal !== undefined) throw new StanzaError('resource-constraint', refusal)
  }

  #refusal(records: ReadonlyMap<string, unknown>): string | undefined {
    const { maxBytes, maxElements } = this.#host.config
    const bytes = [...records.values()].reduce<number>((sum, text) => sum + String(text).length, 0)
    if (bytes <= maxBytes && records.size <= maxElements) return undefined
    return `at most ${maxElements} elements of together ${maxBytes} bytes`
  }
}

/** XEP-0049 §2.1: "the root element of that fragment is scoped by its own namespace". */
function assertNamespace({ namespace }: Element): void {
  if (namespace === PRIVATE_XML_NAMESPACE || namespace === CLIENT_NAMESPACE || namespace === '')
    throw new StanzaError('not-acceptable', 'an element needs a namespace of its own')
}

function keyOf({ name, namespace }: Element): string {
  return `{${namespace}}${name}`
}
