export type { BounceCondition, Delivery, Handler } from './delivery.ts'
export { DEFAULT_DIRECTED_PRESENCE_LIMIT, DirectedPresence } from './directed-presence.ts'
export {
  type AddressForm,
  type DeliveryCondition,
  type DeliveryLine,
  type DeliveryOption,
  MESSAGE_DELIVERY,
  type MessageType,
} from './message-table.ts'
export { type DomainKind, type RoutingContext, route, routeToUnknownAccount } from './route.ts'
export {
  orderRecords,
  type ServiceRecord,
  type ServiceSelection,
  type ServiceTarget,
  selectService,
} from './service-records.ts'
export {
  availableSessions,
  mostAvailableSessions,
  nonNegativeSessions,
  type RoutedSession,
  SessionDirectory,
} from './session-directory.ts'
