import { type Element, el } from '@parlour/xml'

/** Namespace of XEP-0440. */
export const CHANNEL_BINDING_NAMESPACE = 'urn:xmpp:sasl-cb:0'

/** The stream feature `<sasl-channel-binding/>` (XEP-0440 §2); it MUST have one type at least. */
export const channelBindingsElement = (types: readonly string[]): Element =>
  el(
    'sasl-channel-binding',
    CHANNEL_BINDING_NAMESPACE,
    {},
    ...types.map((type) => el('channel-binding', CHANNEL_BINDING_NAMESPACE, { type })),
  )

/** The types in `<sasl-channel-binding/>`; feed them to `offeredChannelBindings`. */
export const readChannelBindings = (element: Element): string[] =>
  element
    .childrenNamed('channel-binding', CHANNEL_BINDING_NAMESPACE)
    .map((child) => child.attribute('type'))
    .filter((type) => type !== undefined)
