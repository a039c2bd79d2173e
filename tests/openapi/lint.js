// SPDX-License-Identifier: Apache-2.0
// Lints the OpenAPI documents that are named, with Redocly's recommended rules and those below; one line a problem, exit 1 when there is any.
// Started in the folder where npm installed the linter.
'use strict';
const { createRequire } = require('node:module');
const { createConfig, lint } = createRequire(process.cwd() + '/')('@redocly/openapi-core');

const CONFIG = {
  extends: ['recommended'],
  rules: {
    'no-invalid-media-type-examples': 'error',
    'no-invalid-parameter-examples': 'error',
    'no-invalid-schema-examples': 'error',
    'no-unused-components': 'error',
    'path-params-defined': 'error',
    'response-contains-header': { severity: 'error', names: { '2XX': ['MS-CV', 'ETag'], '3XX': ['MS-CV', 'ETag'], '4XX': ['MS-CV'], '5XX': ['MS-CV'] } },
  },
};

async function main(documents) {
  const config = await createConfig(CONFIG);
  let count = 0;
  for (const ref of documents) {
    for (const problem of await lint({ ref, config })) {
      console.log(`${ref}${problem.location[0].pointer || ''}: ${problem.ruleId}: ${problem.message}`);
      count++;
    }
  }
  console.log(`${documents.length} documents, ${count} problems`);
  process.exitCode = count === 0 ? 0 : 1;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 2;
});
