/** XEP-0359: Unique and Stable Stanza IDs, version 0.7.0: ids for what is sent, and those of what is received. */
export { type StanzaIdsApi, stanzaIdsClient } from './message-ids.ts'
