// Prints `passed failed` of a report of vitest's JSON reporter. Runs on any Node.js: nothing may be installed when it is needed.
import { readFileSync } from 'node:fs'

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const brokenFiles = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
console.log(report.numPassedTests, report.numFailedTests + brokenFiles.length)
