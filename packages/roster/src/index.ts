export { isSubscribedTo, isSubscriber, newItem, type RosterItem, type Subscription } from './item.ts'
export type { ItemRecord } from './record.ts'
export {
  DEFAULT_REMEMBERED_REMOVALS,
  type InterimChange,
  Roster,
  type RosterChange,
  type VersionRecord,
} from './roster.ts'
export { changeSubscription, removalStanzas, type SubscriptionOutcome, stateOf } from './subscription.ts'
export {
  type Direction,
  SUBSCRIPTION_TABLES,
  type SubscriptionState,
  type SubscriptionTable,
  type SubscriptionType,
  type TableRow,
} from './subscription-tables.ts'
export {
  DEFAULT_ROSTER_LIMITS,
  itemElement,
  PRE_APPROVAL_FEATURE,
  type ReceivedItem,
  ROSTER_NAMESPACE,
  ROSTER_VERSIONING_FEATURE,
  type RosterLimits,
  type RosterSet,
  readItems,
  readRosterGet,
  readRosterSet,
  rosterGet,
  rosterPush,
  rosterRemoval,
  rosterResult,
  rosterUpdate,
} from './wire.ts'
