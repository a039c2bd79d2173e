// SPDX-License-Identifier: Apache-2.0
// Calls a client: reads {"client", "calls": [{…}]} from standard input, prints what became of each call as a JSON list: {"answer"} or {"error"}.
'use strict'
const fs = require('fs')

const clients = {
    // {"userhash", "token", "xuid", "title"}: the one call that it has; or {…, "body"}: its own post() with another body
    'xbox-webapi': function (call) {
        const client = require('xbox-webapi')({ uhs: call.userhash, userToken: call.token })
        client._authentication._user = { xid: call.xuid, uhs: call.userhash }
        const provider = client.getProvider('userstats')
        return call.body === undefined ? provider.getUserTitleStats(call.title) : provider.post('/batch', call.body)
    },
    // {"userhash", "token", "config", "contract"}
    '@xboxreplay/xboxlive-api': function (call) {
        const config = { ...call.config, url: 'https://userstats.xboxlive.com' + call.config.url }
        return require('@xboxreplay/xboxlive-api').call(config, { userHash: call.userhash, XSTSToken: call.token }, call.contract)
    }
}

function told(error) {
    return { name: error.name, message: error.message, details: error.details, status: error.status, body: error.body }
}

async function main() {
    const asked = JSON.parse(fs.readFileSync(0, 'utf8'))
    const results = []
    for (const call of asked.calls)
        results.push(await clients[asked.client](call).then(answer => ({ answer }), error => ({ error: told(error) })))
    process.stdout.write(JSON.stringify(results))
}

main().catch(function (error) {
    console.error(error)
    process.exitCode = 1
})
