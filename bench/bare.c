/* SPDX-License-Identifier: Apache-2.0 */
/* The peer to measure against: libmicrohttpd alone. Reads each request's body, answers a fixed number of
 * bytes, does nothing else. usage: bare THREADS ANSWER-BYTES; prints its port on stdout. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *answer;
static size_t answer_size;

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data, size_t *data_size,
                              void **state)
{
    static int begun;
    (void)context, (void)url, (void)method, (void)version, (void)data;
    if (*state == NULL) {
        *state = &begun;
        return MHD_YES;
    }
    if (*data_size > 0) {
        *data_size = 0;
        return MHD_YES;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer_size, answer, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    unsigned threads = (unsigned)strtoul(argv[1], NULL, 10);
    answer_size = strtoul(argv[2], NULL, 10);
    answer = malloc(answer_size + 1);
    if (answer == NULL)
        return 1;
    memset(answer, 'x', answer_size);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&address, MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? threads : 0, MHD_OPTION_END);
    if (daemon == NULL)
        return 1;
    printf("%u\n", (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    pause();
    return 0;
}
