export * from './elements.ts'
export * from './read.ts'
export * from './scram-upgrade.ts'
export * from './user-agent.ts'
