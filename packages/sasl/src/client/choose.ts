import {
  CHANNEL_BINDING_TYPES,
  type ChannelBindingType,
  isMechanismName,
  MECHANISM_NAMES,
  type MechanismName,
  SCRAM_VARIANTS,
} from '../mechanism.ts'
import { SaslError } from '../sasl-error.ts'
import type { ChannelBindingFlag } from '../scram/gs2-header.ts'
import type { SaslClientOptions } from './options.ts'

/** The mechanism to use, and for SCRAM what to tell the server about channel binding. */
export interface Choice {
  readonly mechanism: MechanismName
  readonly flag: ChannelBindingFlag
  /** The type to bind with; a -PLUS mechanism has one. */
  readonly binding?: ChannelBindingType
  /** No announced type is known: only an offer that the server signs is believed (XEP-0474 §7, new rule 6). */
  readonly mustSignOffer?: boolean
}

const isPlus = (name: MechanismName): boolean => SCRAM_VARIANTS[name]?.plus === true

/**
 * The strongest mechanism that both sides have, in the client's own order (RFC 6120 §6.3.3), by the rules of
 * XEP-0440 §3 and RFC 5802 §6.
 *
 * @throws {SaslError} `no-acceptable-mechanism`, or `channel-binding-downgrade` when the offer contradicts itself.
 */
export function chooseMechanism(options: SaslClientOptions): Choice {
  const offered = options.offered.filter(isMechanismName)
  const { binding, mustSignOffer } = chooseBinding(options, offered.some(isPlus))
  const usable = (name: MechanismName) =>
    offered.includes(name) && !options.excluded?.includes(name) && isUsable(name, options, binding)
  const mechanism = MECHANISM_NAMES.slice(0, MECHANISM_NAMES.indexOf(weakest(options)) + 1).find(usable)
  if (!mechanism) {
    throw new SaslError('no-acceptable-mechanism', {
      message: `no acceptable mechanism in [${options.offered.join(' ')}]`,
    })
  }
  if (mustSignOffer && !SCRAM_VARIANTS[mechanism]) throw downgrade(NO_TYPE_KNOWN)
  if (mustSignOffer) return { mechanism, flag: 'n', mustSignOffer }
  if (isPlus(mechanism) && binding) return { mechanism, flag: { type: binding }, binding }
  return { mechanism, flag: flagWithoutBinding(options, offered) }
}

const weakest = (options: SaslClientOptions): MechanismName =>
  options.minimumMechanism ?? (options.anonymous ? 'ANONYMOUS' : 'PLAIN')

/** `y` only when no -PLUS mechanism was seen although this client could use one (RFC 5802 §6). */
const flagWithoutBinding = (options: SaslClientOptions, offered: readonly MechanismName[]): 'n' | 'y' =>
  options.channelBindings?.size && !offered.some(isPlus) ? 'y' : 'n'

function isUsable(name: MechanismName, options: SaslClientOptions, binding: ChannelBindingType | undefined): boolean {
  if (name === 'EXTERNAL') return options.external === true
  if (name === 'ANONYMOUS') return options.anonymous === true
  if (options.username === undefined || options.password === undefined) return false
  if (name === 'PLAIN') return options.tls
  return !isPlus(name) || binding !== undefined
}

const downgrade = (message: string) => new SaslError('channel-binding-downgrade', { message })

const NO_TYPE_KNOWN = 'no announced channel-binding type is known, not even the obligatory tls-server-end-point'

/** The type to bind with, if any (XEP-0440 §3, rules 2 to 7; rule 6 as changed by XEP-0474 §7). */
function chooseBinding(options: SaslClientOptions, plusOffered: boolean): Pick<Choice, 'binding' | 'mustSignOffer'> {
  const own = CHANNEL_BINDING_TYPES.filter((type) => options.channelBindings?.get(type) !== undefined)
  if (own.length === 0) return {}
  const announced = options.offeredChannelBindings
  if (!plusOffered) {
    if (announced?.length) throw downgrade('channel-binding types are announced, but no mechanism that could use them')
    return {}
  }
  // Servers that announce no types know tls-unique alone, as ejabberd 23.01 and Prosody 0.12; rule 4 leaves the rest open.
  if (announced === undefined) return isPlus(weakest(options)) ? { binding: own[0] as ChannelBindingType } : {}
  const common = own.find((type) => announced.includes(type))
  if (common) return { binding: common }
  return announced.includes('tls-server-end-point') ? {} : { mustSignOffer: true }
}
