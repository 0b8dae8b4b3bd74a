/** XEP-0157: Contact Addresses for XMPP Services, version 1.1.1. */
import type { Element } from '@parlour/xml'
import { dataFormElement, formValues, readDataForm } from '../data-forms/wire.ts'

/** The FORM_TYPE of the form among the service discovery extensions of a server (XEP-0157 §3). */
export const SERVER_INFO_FORM_TYPE = 'http://jabber.org/network/serverinfo'

/** What the addresses are for (XEP-0157 §3). */
export const CONTACT_ROLES = ['abuse', 'admin', 'feedback', 'sales', 'security', 'status', 'support'] as const
export type ContactRole = (typeof CONTACT_ROLES)[number]

/** URIs by role: `mailto:`, `xmpp:`, `https:` … */
export type ContactAddresses = Partial<Readonly<Record<ContactRole, readonly string[]>>>

export function contactAddressesElement(addresses: ContactAddresses): Element {
  const fields = CONTACT_ROLES.flatMap((role) => {
    const values = addresses[role] ?? []
    return values.length === 0 ? [] : [{ name: `${role}-addresses`, values }]
  })
  return dataFormElement({ type: 'result', formType: SERVER_INFO_FORM_TYPE, fields })
}

/** Reads the addresses out of the forms of a `disco#info` answer. */
export function readContactAddresses(forms: readonly Element[]): ContactAddresses {
  const form = forms.map(readDataForm).find(({ formType }) => formType === SERVER_INFO_FORM_TYPE)
  if (!form) return {}
  const addresses = CONTACT_ROLES.map((role) => [role, formValues(form, `${role}-addresses`)] as const)
  return Object.fromEntries(addresses.filter(([, values]) => values.length > 0))
}
