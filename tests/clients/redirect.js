// SPDX-License-Identifier: Apache-2.0
// Loaded before a client (node --require): where a connection to userstats.xboxlive.com:443 goes. Nothing else of the client or of Node is
// touched: name, certificate and request are what they would be. A connection to anywhere else is an error, so that no test leaves the machine.
'use strict'
const net = require('net')

const port = Number(process.env.USERSTATS_TLS_PORT)
const connect = net.Socket.prototype.connect

net.Socket.prototype.connect = function (...args) {
    const [options, done] = Array.isArray(args[0]) ? args[0] : args
    if (options.host !== 'userstats.xboxlive.com' || Number(options.port) !== 443)
        throw new Error('a connection to ' + options.host + ':' + options.port)
    return connect.call(this, { ...options, host: '127.0.0.1', port }, done)
}
