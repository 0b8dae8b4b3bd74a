/**
 * XEP-0077: In-Band Registration, version 2.4. Open registration invites spam, so it is off, but for the domain
 * `localhost`; who is signed in may change the password of the account, or remove it.
 */
import { type BeforeAuthentication, defineServerModule, type IqHandler } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import * as v from 'valibot'
import { Registration, type RegistrationRules } from './accounts.ts'
import { withLegacyCodes } from './legacy-codes.ts'
import { REGISTER_NAMESPACE, registerFeature } from './wire.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(1))

const configuration = v.strictObject({
  enabled: v.pipe(
    v.optional(v.boolean()),
    v.description('whether anybody can make an account; default: on localhost only'),
  ),
  encryptionRequired: v.pipe(v.optional(v.boolean(), true), v.description('only on streams with TLS')),
  passwordChange: v.pipe(v.optional(v.boolean(), true), v.description('whether accounts can change their password')),
  removal: v.pipe(v.optional(v.boolean(), true), v.description('whether accounts can remove themselves')),
  maxPerAddress: v.pipe(
    v.optional(count),
    v.description('attempts from one IPv4 address or IPv6 /64; default 10, on localhost 1000'),
  ),
  perSeconds: v.pipe(v.optional(count, 3600), v.description('in which time `maxPerAddress` counts')),
  maxUsernameLength: v.pipe(v.optional(count, 64), v.description('characters of a username')),
  minPasswordLength: v.pipe(v.optional(count), v.description('characters of a password; default 8, on localhost 1')),
  reservedNames: v.pipe(
    v.optional(v.boolean()),
    v.description(
      'whether names of roles, such as admin and postmaster, are refused; default: everywhere but on localhost',
    ),
  ),
  instructions: v.pipe(
    v.optional(v.string(), 'Choose a username and a password.'),
    v.description('what people who register are told'),
  ),
})

type Configuration = v.InferOutput<typeof configuration>

const FEATURE = registerFeature()

export const registrationServer = defineServerModule({
  name: 'registration',
  implements: [{ xep: 77, version: '2.4' }],
  config: configuration,
  setup(host) {
    const rules = rulesOf(host.config, host.domain)
    const registration = new Registration(host, rules)
    const isEnabled = host.config.enabled ?? host.domain === 'localhost'
    const options = { target: 'any', access: 'owner' } as const
    const register: BeforeAuthentication = (iq, stream) =>
      withLegacyCodes(() => {
        // §3.1: "If the host does not support In-Band Registration, it MUST return a <service-unavailable/> error".
        if (!isEnabled) throw new StanzaError('service-unavailable')
        return registration.register(iq, stream)
      })
    const describe: IqHandler = (request) => withLegacyCodes(() => registration.describe(request))
    const change: IqHandler = (request) => withLegacyCodes(() => registration.change(request))
    return [
      host.streamFeature('unauthenticated', () => (isEnabled ? FEATURE : undefined)),
      host.beforeAuthentication(REGISTER_NAMESPACE, register),
      host.discovery.advertise(REGISTER_NAMESPACE),
      host.iq.get(REGISTER_NAMESPACE, 'query', describe, options),
      host.iq.set(REGISTER_NAMESPACE, 'query', change, options),
    ]
  },
})

function rulesOf({ enabled: _, ...config }: Configuration, domain: string): RegistrationRules {
  const isLocal = domain === 'localhost'
  return {
    ...config,
    maxPerAddress: config.maxPerAddress ?? (isLocal ? 1000 : 10),
    minPasswordLength: config.minPasswordLength ?? (isLocal ? 1 : 8),
    reservedNames: config.reservedNames ?? !isLocal,
  }
}
