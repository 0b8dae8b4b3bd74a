export * from './elements.ts'
export * from './read.ts'
export * from './user-agent.ts'
