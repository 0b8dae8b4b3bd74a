import { beginningOf, type Element, el } from '@parlour/xml'
import { type DeviceRecord, LONGEST_TEXT, type SignInMethod } from '../sign-in/device-record.ts'
import type { Devices } from '../sign-in/devices.ts'
import type { PortablePart } from './portable-part.ts'

/** XEP-0227 has no place for devices (§4: elements of other namespaces are allowed). */
const DEVICES_NAMESPACE = 'urn:parlour:devices:0'
const METHODS: readonly SignInMethod[] = ['password', 'certificate', 'token']
/** As devices are known here: octets of a digest in base 64. */
const KEY = /^[A-Za-z0-9_-]{1,64}$/

/**
 * The devices of an account as they named themselves, and when they came. Not their tokens: those are as good as a password,
 * and can be checked with a secret of this server only. A device without its token asks for the password once.
 */
export function devicesPart(devices: Devices): PortablePart {
  return {
    title: 'devices',
    element: { name: 'devices', namespace: DEVICES_NAMESPACE },
    isContainer: true,
    export: async (account) =>
      [...(await devices.all(account))]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, record]) => deviceElement(key, record)),
    import: (account, { isTrial, replaces }) => ({
      async take(element) {
        const found = readDevice(element)
        if (!found) return { result: 'refused', reason: 'something that is no device' }
        const [key, record] = found
        const all = await devices.all(account)
        const before = all.get(key)
        if (before && deviceElement(key, before).toString() === deviceElement(key, record).toString())
          return 'unchanged'
        if (before && !replaces) return { result: 'kept', reason: 'the device has signed in here since' }
        if (!before && all.size >= devices.limits.maxDevices)
          return { result: 'refused', reason: `at most ${devices.limits.maxDevices} devices are remembered` }
        if (!isTrial) await devices.adopt(account, key, record)
        return before ? 'replaced' : 'added'
      },
    }),
  }
}

function deviceElement(id: string, { software, device, first, last, methods }: DeviceRecord): Element {
  const [firstSeen, lastSeen] = [first, last].map((at) => new Date(at).toISOString())
  return el(
    'device',
    DEVICES_NAMESPACE,
    { id, software, device, 'first-seen': firstSeen, 'last-seen': lastSeen },
    ...methods.map((method) => el('method', DEVICES_NAMESPACE, {}, method)),
  )
}

function readDevice(element: Element): readonly [key: string, record: DeviceRecord] | undefined {
  const attribute = (name: string) => element.attribute(name)
  const [first = Number.NaN, last = Number.NaN] = ['first-seen', 'last-seen'].map((name) =>
    Date.parse(attribute(name) ?? ''),
  )
  const names = element.childrenNamed('method', DEVICES_NAMESPACE).map((each) => each.text())
  const methods = names.flatMap((name) => METHODS.find((method) => method === name) ?? [])
  const key = attribute('id') ?? ''
  const isDevice = element.is('device', DEVICES_NAMESPACE) && KEY.test(key) && first >= 0 && last >= first
  if (!isDevice) return undefined
  const [software, device] = ['software', 'device']
    .map((name) => attribute(name))
    .map((text) => text && beginningOf(text, LONGEST_TEXT))
  return [
    key,
    { ...(software !== undefined && { software }), ...(device !== undefined && { device }), first, last, methods },
  ]
}
