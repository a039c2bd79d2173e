// SPDX-License-Identifier: Apache-2.0
// The peer that a team would build: Fastify and better-sqlite3, one process a core, no token check, no policy. It is not made slow on purpose:
// names are resolved in memory, statements are prepared once, one range of ids a user is read, answers go out by a compiled schema.
// usage: node server.js DATABASE PROCESSES; prints its port.
'use strict'
const cluster = require('node:cluster')

function main (database, processes) {
  let started = 0
  cluster.schedulingPolicy = cluster.SCHED_RR
  for (let i = 0; i < processes; i++) {
    cluster.fork().on('message', port => { if (++started === processes) console.log(port) })
  }
  process.on('SIGTERM', () => { for (const id in cluster.workers) cluster.workers[id].kill(); process.exit(0) })
}

function names (db) {
  const scids = new Map()
  for (const row of db.prepare('SELECT s.id, s.name, s.type, c.scid FROM statistic s JOIN service_config c ON c.id = s.config_id').all()) {
    if (!scids.has(row.scid)) scids.set(row.scid, new Map())
    scids.get(row.scid).set(row.name, { id: row.id, name: row.name, type: row.type })
  }
  return scids
}

const stat = { type: 'object', properties: { statname: { type: 'string' }, type: { type: 'string' }, value: { type: 'integer' } } }
const answer = {
  type: 'object',
  properties: {
    users: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          xuid: { type: 'string' },
          gamertag: { type: 'string' },
          scids: { type: 'array', items: { type: 'object', properties: { scid: { type: 'string' }, stats: { type: 'array', items: stat } } } }
        }
      }
    }
  }
}

function worker (database) {
  const db = require('better-sqlite3')(database, { readonly: true })
  const scids = names(db)
  const values = db.prepare('SELECT statistic_id, value FROM value WHERE xuid = ? AND statistic_id BETWEEN ? AND ?').raw()
  const gamertag = db.prepare('SELECT gamertag FROM player WHERE xuid = ?').pluck()

  const read = db.transaction(({ requestedusers, requestedscids }) => {
    const lists = requestedscids.map(({ scid, requestedstats }) => ({ scid, stats: requestedstats.map(name => scids.get(scid).get(name)) }))
    const ids = lists.flatMap(list => list.stats.map(s => s.id))
    const low = Math.min(...ids)
    const high = Math.max(...ids)
    return {
      users: requestedusers.map(xuid => {
        const number = BigInt(xuid)
        const found = new Map(values.all(number, low, high))
        return {
          xuid,
          gamertag: gamertag.get(number),
          scids: lists.map(({ scid, stats }) => ({ scid, stats: stats.map(s => ({ statname: s.name, type: s.type, value: found.get(s.id) })) }))
        }
      })
    }
  })

  const app = require('fastify')({ logger: false })
  app.post('/batch', { schema: { response: { 200: answer } } }, async request => read(request.body))
  app.listen({ host: '127.0.0.1', port: 0 }).then(() => process.send(app.server.address().port))
}

if (cluster.isPrimary) main(process.argv[2], Number(process.argv[3]))
else worker(process.argv[2])
