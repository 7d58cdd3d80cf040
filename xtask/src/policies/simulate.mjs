// Asks @cloud-copilot/iam-simulate every probe of a file, and prints its answers as one JSON list.
//
// `cargo xtask policies` copies this beside the package and runs it: simulate.mjs PROBES.json

import { readFileSync } from 'node:fs'
import { getDenialReasons, runSimulation } from '@cloud-copilot/iam-simulate'

const { documents, probes } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
// Keys that AWS documents outside its table of actions, which is all that the package knows: the claims of every identity provider
// (IAM User Guide, "Available keys for AWS OIDC federation") and KMS's keys that are named after a pair of the encryption context.
// It leaves out of a request what it does not know, so they go by another name, in requests and documents alike.
const unlisted = (key) => /^[a-z.]+\.com:(aud|sub)$/.test(key) || key.startsWith('kms:EncryptionContext:')
const listed = (key) => (unlisted(key) ? `aws:PrincipalTag/${key.replaceAll(':', '.')}` : key)
const renamed = (object) => Object.fromEntries(Object.entries(object).map(([key, value]) => [listed(key), value]))

for (const { document } of Object.values(documents)) {
  for (const { Condition } of [document.Statement].flat()) {
    for (const operator in Condition) Condition[operator] = renamed(Condition[operator])
  }
}
const named = (name) => ({ name, policy: documents[name].document })

const asked = async ({ question }) => {
  const simulation = {
    request: {
      principal: question.principal,
      action: question.action,
      resource: { resource: question.resource, accountId: question.account },
      contextVariables: renamed(question.keys)
    },
    identityPolicies: question.identity.map(named),
    serviceControlPolicies: question.guardrails.map((names, level) => ({ orgIdentifier: `level-${level}`, policies: names.map(named) })),
    resourceControlPolicies: question['resource guardrails'].map((names, level) => ({ orgIdentifier: `level-${level}`, policies: names.map(named) })),
    resourcePolicy: question.resource_policy ? documents[question.resource_policy].document : undefined,
    permissionBoundaryPolicies: question.boundary ? [named(question.boundary)] : undefined
  }
  const result = await runSimulation(simulation, { simulationMode: 'Strict' })
  if (result.resultType === 'error') return { error: JSON.stringify(result.errors) }
  if (result.resultType !== 'single') return { error: 'it took the resource for a wildcard' }
  return {
    answer: result.overallResult === 'Allowed' ? 'allow' : 'deny',
    because: result.overallResult === 'Allowed' ? '' : JSON.stringify(getDenialReasons(result.result.analysis)),
    ignored: result.result.ignoredContextKeys
  }
}

const answers = []
for (const probe of probes) {
  answers.push(await asked(probe).catch((error) => ({ error: String(error) })))
}
console.log(JSON.stringify(answers))
