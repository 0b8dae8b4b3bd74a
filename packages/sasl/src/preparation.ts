export {
  /** Default preparation of a password: OpaqueString (RFC 8265 §4.2). */
  opaqueString as preparePassword,
  /** Default preparation of a user name by a server: UsernameCaseMapped, as for a localpart (RFC 7622 §3.3). */
  prepareLocal as prepareUsername,
} from '@parlour/jid'
