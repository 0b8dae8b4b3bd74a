/** XEP-0054: vcard-temp, version 1.3.0: anybody reads it, its owner alone writes it. */
import { defineServerModule, type IqRequest } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import { type Element, parseXml, WRITTEN_PARSER_LIMITS } from '@parlour/xml'
import * as v from 'valibot'
import { vcardPart } from './portable.ts'
import { VCARD_NAMESPACE } from './wire.ts'

const configuration = v.strictObject({
  maxBytes: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1024)), 131_072),
    v.description('size of a vCard, mostly of its photo'),
  ),
})

export const vcardServer = defineServerModule({
  name: 'vcard',
  implements: [{ xep: 54, version: '1.3.0' }],
  config: configuration,
  setup(host) {
    const store = host.store('vcards')
    const limits = { ...WRITTEN_PARSER_LIMITS, maxBytes: 4 * host.config.maxBytes }
    const get = async ({ from, to }: IqRequest): Promise<Element> => {
      const text = await store.get(to.toString())
      if (typeof text === 'string') return parseXml(text, limits)
      // §3.3: to others, an account without vCard is as one that does not exist.
      throw new StanzaError(from.bare.equals(to) ? 'item-not-found' : 'service-unavailable')
    }
    const set = async ({ to, payload }: IqRequest): Promise<undefined> => {
      const text = payload.toString()
      if (text.length > host.config.maxBytes)
        throw new StanzaError('policy-violation', `a vCard has at most ${host.config.maxBytes} bytes here`)
      await store.put(to.toString(), text)
    }
    return [
      host.portable(vcardPart(store, host.config.maxBytes, limits)),
      host.discovery.advertise(VCARD_NAMESPACE, 'server', 'account'),
      host.iq.get(VCARD_NAMESPACE, 'vCard', get, { access: 'anyone' }),
      host.iq.set(VCARD_NAMESPACE, 'vCard', set, { access: 'owner', refusal: 'forbidden' }),
    ]
  },
})
