/** The nine subscription states, by the names of RFC 6121 Appendix A.1. */
export type SubscriptionState =
  | 'None'
  | 'None + Pending Out'
  | 'None + Pending In'
  | 'None + Pending Out+In'
  | 'To'
  | 'To + Pending In'
  | 'From'
  | 'From + Pending Out'
  | 'Both'

/** The presence types which manage subscriptions (RFC 6121 §3). */
export type SubscriptionType = 'subscribe' | 'unsubscribe' | 'subscribed' | 'unsubscribed'

/** Seen from the user's server: sent by the user, or received for the user. */
export type Direction = 'outbound' | 'inbound'

/**
 * One line of a table: whether the stanza is routed (outbound) or delivered (inbound), and the new state.
 * `S.N.` and `M.N.` (SHOULD NOT, MUST NOT) are both obeyed.
 */
export type TableRow = readonly [
  passOn: 'MUST' | 'S.N.' | 'M.N.',
  newState: SubscriptionState | 'no state change' | 'pre-approval',
]

/** One table of RFC 6121 Appendix A. */
export type SubscriptionTable = Readonly<Record<SubscriptionState, TableRow>>

const same = 'no state change'

// biome-ignore format: to be laid beside the tables of the RFC
/** RFC 6121 Appendix A.2 and A.3, tables 2 to 9, line by line. */
export const SUBSCRIPTION_TABLES: Readonly<Record<Direction, Readonly<Record<SubscriptionType, SubscriptionTable>>>> = {
  outbound: {
    // Table 2: Processing of outbound "subscribe" stanzas
    subscribe: {
      'None':                  ['MUST', 'None + Pending Out'],
      'None + Pending Out':    ['MUST', same],
      'None + Pending In':     ['MUST', 'None + Pending Out+In'],
      'None + Pending Out+In': ['MUST', same],
      'To':                    ['MUST', same],
      'To + Pending In':       ['MUST', same],
      'From':                  ['MUST', 'From + Pending Out'],
      'From + Pending Out':    ['MUST', same],
      'Both':                  ['MUST', same],
    },
    // Table 3: Processing of outbound "unsubscribe" stanzas
    unsubscribe: {
      'None':                  ['MUST', same],
      'None + Pending Out':    ['MUST', 'None'],
      'None + Pending In':     ['MUST', same],
      'None + Pending Out+In': ['MUST', 'None + Pending In'],
      'To':                    ['MUST', 'None'],
      'To + Pending In':       ['MUST', 'None + Pending In'],
      'From':                  ['MUST', same],
      'From + Pending Out':    ['MUST', 'From'],
      'Both':                  ['MUST', 'From'],
    },
    // Table 4: Processing of outbound "subscribed" stanzas
    subscribed: {
      'None':                  ['M.N.', 'pre-approval'],
      'None + Pending Out':    ['M.N.', 'pre-approval'],
      'None + Pending In':     ['MUST', 'From'],
      'None + Pending Out+In': ['MUST', 'From + Pending Out'],
      'To':                    ['M.N.', 'pre-approval'],
      'To + Pending In':       ['MUST', 'Both'],
      'From':                  ['M.N.', same],
      'From + Pending Out':    ['M.N.', same],
      'Both':                  ['M.N.', same],
    },
    // Table 5: Processing of outbound "unsubscribed" stanzas
    unsubscribed: {
      'None':                  ['S.N.', same],
      'None + Pending Out':    ['S.N.', same],
      'None + Pending In':     ['MUST', 'None'],
      'None + Pending Out+In': ['MUST', 'None + Pending Out'],
      'To':                    ['S.N.', same],
      'To + Pending In':       ['MUST', 'To'],
      'From':                  ['MUST', 'None'],
      'From + Pending Out':    ['MUST', 'None + Pending Out'],
      'Both':                  ['MUST', 'To'],
    },
  },
  inbound: {
    // Table 6: Processing of inbound "subscribe" stanzas
    subscribe: {
      'None':                  ['MUST', 'None + Pending In'],
      'None + Pending Out':    ['MUST', 'None + Pending Out+In'],
      'None + Pending In':     ['S.N.', same],
      'None + Pending Out+In': ['S.N.', same],
      'To':                    ['MUST', 'To + Pending In'],
      'To + Pending In':       ['S.N.', same],
      'From':                  ['S.N.', same],
      'From + Pending Out':    ['S.N.', same],
      'Both':                  ['S.N.', same],
    },
    // Table 7: Processing of inbound "unsubscribe" stanzas
    unsubscribe: {
      'None':                  ['S.N.', same],
      'None + Pending Out':    ['S.N.', same],
      'None + Pending In':     ['MUST', 'None'],
      'None + Pending Out+In': ['MUST', 'None + Pending Out'],
      'To':                    ['S.N.', same],
      'To + Pending In':       ['MUST', 'To'],
      'From':                  ['MUST', 'None'],
      'From + Pending Out':    ['MUST', 'None + Pending Out'],
      'Both':                  ['MUST', 'To'],
    },
    // Table 8: Processing of inbound "subscribed" stanzas
    subscribed: {
      'None':                  ['S.N.', same],
      'None + Pending Out':    ['MUST', 'To'],
      'None + Pending In':     ['S.N.', same],
      'None + Pending Out+In': ['MUST', 'To + Pending In'],
      'To':                    ['S.N.', same],
      'To + Pending In':       ['S.N.', same],
      'From':                  ['S.N.', same],
      'From + Pending Out':    ['MUST', 'Both'],
      'Both':                  ['S.N.', same],
    },
    // Table 9: Processing of inbound "unsubscribed" stanzas
    unsubscribed: {
      'None':                  ['S.N.', same],
      'None + Pending Out':    ['MUST', 'None'],
      'None + Pending In':     ['S.N.', same],
      'None + Pending Out+In': ['MUST', 'None + Pending In'],
      'To':                    ['MUST', 'None'],
      'To + Pending In':       ['MUST', 'None + Pending In'],
      'From':                  ['S.N.', same],
      'From + Pending Out':    ['MUST', 'From'],
      'Both':                  ['MUST', 'From'],
    },
  },
}
