/* The C client beside which the uplink's client is measured: publishes COUNT messages of BYTES
 * bytes at QoS 1 with WINDOW of them under way, and prints the seconds from the first publish to
 * the last acknowledgement. Usage: uplink_peer PORT COUNT BYTES WINDOW */
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int count, bytes, sent, acknowledged, failed;
static char *payload;

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void publish(struct mosquitto *client) {
  sent++;
  if (mosquitto_publish(client, NULL, "bench/peer", bytes, payload, 1, false) != MOSQ_ERR_SUCCESS)
    failed = 1;
}

static void on_publish(struct mosquitto *client, void *nothing, int id) {
  (void)nothing;
  (void)id;
  acknowledged++;
  if (sent < count)
    publish(client);
}

static int connected;

static void on_connect(struct mosquitto *client, void *nothing, int code) {
  (void)client;
  (void)nothing;
  connected = code == 0;
  failed = code != 0;
}

int main(int argc, char **argv) {
  if (argc != 5)
    return 2;
  int window = atoi(argv[4]);
  count = atoi(argv[2]);
  bytes = atoi(argv[3]);
  payload = malloc((size_t)bytes);
  if (payload == NULL)
    return 1;
  memset(payload, 5, (size_t)bytes);
  mosquitto_lib_init();
  struct mosquitto *client = mosquitto_new("bench-peer", true, NULL);
  if (client == NULL)
    return 1;
  mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
  mosquitto_int_option(client, MOSQ_OPT_SEND_MAXIMUM, window);
  mosquitto_connect_callback_set(client, on_connect);
  mosquitto_publish_callback_set(client, on_publish);
  if (mosquitto_connect(client, "127.0.0.1", atoi(argv[1]), 60) != MOSQ_ERR_SUCCESS)
    return 1;
  while (!connected && !failed)
    if (mosquitto_loop(client, 1000, 1) != MOSQ_ERR_SUCCESS)
      return 1;
  double start = now();
  for (int i = 0; i < window && i < count; i++)
    publish(client);
  while (acknowledged < count && !failed)
    if (mosquitto_loop(client, 1000, 1) != MOSQ_ERR_SUCCESS)
      return 1;
  if (failed)
    return 1;
  printf("%.6f\n", now() - start);
  mosquitto_disconnect(client);
  return 0;
}
