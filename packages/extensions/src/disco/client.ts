/** XEP-0030: Service Discovery, version 2.5.0: asks what others are and can do, and answers for this client. */
export { type DiscoApi, discoClient, discoClientWith } from './discovery.ts'
