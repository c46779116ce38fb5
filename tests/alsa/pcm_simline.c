/* A sound card for tests, as an ALSA plugin: capture and playback at the pace of the real
 * clock, with faults on demand.  No kernel module, no daemon.
 *
 *   gcc -shared -fPIC -DPIC -O2 -Wall -o libasound_module_pcm_simline.so pcm_simline.c -lasound
 *
 *   pcm_type.simline { lib "/dir/libasound_module_pcm_simline.so" }
 *   pcm.card { type simline  ctl "/dir/ctl"  path "/dir/in.raw"  rate 44100  channels 2 }
 *
 * path      raw S16_LE frames, repeated for ever.  Without it each sample tells when it
 *           was captured: channel c holds (monotonic time x rate + 1000 c) mod 32768.
 * rate      the only rate the card offers; 0 or absent = 8000..48000.
 * channels  the only channel count it offers; 0 or absent = 1 or 2.
 * played    playback: a file that gets the frames as they are handed over.
 * log       playback: a file that gets a line "start T", "stop T", "wrote N at T" (in frames
 *           of the monotonic clock) per deed, so that a test knows what was played when.
 * loop      1 = what is played is heard by the capture side of the same process, at the
 *           frame it is played; both need the same rate.
 * ctl       a file that may or may not exist, looked at whenever ALSA asks the card:
 *             enodev      unplugged: every call fails, opening too
 *             xrun        one overrun (the file is removed)
 *             hang        the card's clock stands still
 *             skew 1.001  the card's clock runs 1000 ppm fast
 *             drop 0.3    0.3 s of sound go missing and nobody is told (file removed)
 */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <stdint.h>
#include <sys/timerfd.h>

/* What is being played, by frame of the monotonic clock: the wire between both sides. */
#define WIRE (1 << 20)
static int16_t wire[WIRE];

enum fault { NONE, UNPLUGGED, OVERRUN, HANG };

typedef struct {
	snd_pcm_ioplug_t io;
	int timer;
	FILE *file;
	FILE *log;
	char *ctl;
	int loop;
	int running;
	double seen;     /* monotonic time the card was last looked at, s */
	double skew;     /* card seconds per second */
	double captured; /* frames since the start */
	double origin;   /* ramp value of frame 0 */
	snd_pcm_uframes_t taken; /* frames handed to ALSA since the start */
} card_t;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Read the control file; faults that happen once remove it. */
static enum fault look(card_t *card)
{
	char line[64] = "";
	double seconds;
	FILE *f = card->ctl ? fopen(card->ctl, "r") : NULL;

	card->skew = 1;
	if (!f)
		return NONE;
	if (!fgets(line, sizeof line, f))
		line[0] = 0;
	fclose(f);
	if (!strncmp(line, "enodev", 6))
		return UNPLUGGED;
	if (!strncmp(line, "hang", 4))
		return HANG;
	if (!strncmp(line, "xrun", 4)) {
		remove(card->ctl);
		return OVERRUN;
	}
	if (sscanf(line, "drop %lf", &seconds) == 1) {
		remove(card->ctl);
		card->seen += seconds;
		card->origin += seconds * card->io.rate;
		return NONE;
	}
	if (sscanf(line, "skew %lf", &card->skew) != 1)
		card->skew = 1;
	return NONE;
}

/* Let the card's clock run up to now. */
static int advance(card_t *card)
{
	enum fault fault = look(card);
	double t = now();

	if (fault == UNPLUGGED) {
		snd_pcm_ioplug_set_state(&card->io, SND_PCM_STATE_DISCONNECTED);
		return -ENODEV;
	}
	if (fault == OVERRUN)
		return -EPIPE;
	if (fault == HANG)
		card->origin += (t - card->seen) * card->io.rate;
	else if (t > card->seen)
		card->captured += (t - card->seen) * card->io.rate * card->skew;
	else
		return 0; /* inside a drop */
	card->seen = t;
	return 0;
}

static snd_pcm_sframes_t sim_pointer(snd_pcm_ioplug_t *io)
{
	card_t *card = io->private_data;
	int error = card->running ? advance(card) : 0;

	if (error)
		return error;
	if (io->stream == SND_PCM_STREAM_PLAYBACK) {
		if (card->captured > card->taken)
			return -EPIPE; /* nothing left to play */
	} else if (card->captured - card->taken > io->buffer_size)
		return -EPIPE;
	return (snd_pcm_uframes_t)card->captured % io->buffer_size;
}

static int sim_prepare(snd_pcm_ioplug_t *io)
{
	card_t *card = io->private_data;

	card->captured = 0;
	card->taken = 0;
	card->running = 0;
	return look(card) == UNPLUGGED ? -ENODEV : 0;
}

static int sim_start(snd_pcm_ioplug_t *io)
{
	card_t *card = io->private_data;
	long ns = 1e9 * io->period_size / io->rate / 4;
	struct itimerspec pace = { { 0, ns }, { 0, ns } };

	if (!card->running) {
		card->seen = now();
		card->origin = card->seen * io->rate;
		card->running = 1;
	}
	if (card->log)
		fprintf(card->log, "start %.0f\n", card->origin);
	if (look(card) == UNPLUGGED)
		return -ENODEV;
	return timerfd_settime(card->timer, 0, &pace, NULL) < 0 ? -errno : 0;
}

static int sim_stop(snd_pcm_ioplug_t *io)
{
	card_t *card = io->private_data;
	struct itimerspec off = { { 0, 0 }, { 0, 0 } };
	double at = now() * io->rate;

	if (io->stream == SND_PCM_STREAM_PLAYBACK) {
		/* What was not played by now never will be. */
		for (double t = at; t < card->origin + card->taken; t++)
			wire[(uint64_t)t % WIRE] = 0;
		if (card->log)
			fprintf(card->log, "stop %.0f\n", at);
	}
	card->running = 0;
	return timerfd_settime(card->timer, 0, &off, NULL) < 0 ? -errno : 0;
}

static int sim_revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned n,
		       unsigned short *events)
{
	card_t *card = io->private_data;
	uint64_t ticks;
	snd_pcm_sframes_t available;

	(void)n;
	*events = 0;
	if (look(card) == UNPLUGGED) {
		*events = POLLERR | POLLIN;
		return 0;
	}
	if (!(fds[0].revents & POLLIN))
		return 0;
	if (read(card->timer, &ticks, sizeof ticks) < 0 && errno != EAGAIN)
		return -errno;
	available = snd_pcm_avail_update(io->pcm);
	if (available < 0)
		*events = POLLERR;
	else if (available >= (snd_pcm_sframes_t)io->period_size)
		*events = POLLIN;
	return 0;
}

static void ramp(card_t *card, int16_t *out, snd_pcm_uframes_t frames)
{
	uint64_t first = (uint64_t)card->origin + card->taken;

	for (snd_pcm_uframes_t i = 0; i < frames; i++)
		for (unsigned c = 0; c < card->io.channels; c++)
			*out++ = (first + i + 1000 * c) & 0x7fff;
}

static void play(card_t *card, int16_t *out, snd_pcm_uframes_t frames)
{
	size_t size = 2 * card->io.channels, got = 0;

	while (got < frames) {
		size_t n = fread((char *)out + got * size, size, frames - got, card->file);

		got += n;
		if (got < frames) {
			if (!n && !ftell(card->file))
				break; /* an empty file */
			rewind(card->file);
		}
	}
	memset((char *)out + got * size, 0, (frames - got) * size);
}

/* Play: note it, and put it on the wire; the first channel is what the line gets. */
static void put(card_t *card, const int16_t *in, snd_pcm_uframes_t frames)
{
	if (!card->running) { /* ALSA starts a playback after its first frames */
		card->seen = now();
		card->origin = card->seen * card->io.rate;
		card->running = 1;
	}
	if (card->log)
		fprintf(card->log, "wrote %lu at %.0f\n", frames, card->origin + card->taken);
	if (card->file)
		fwrite(in, 2 * card->io.channels, frames, card->file);
	for (snd_pcm_uframes_t i = 0; card->loop && i < frames; i++)
		wire[((uint64_t)card->origin + card->taken + i) % WIRE] =
			in[i * card->io.channels];
}

static void hear(card_t *card, int16_t *out, snd_pcm_uframes_t frames)
{
	for (snd_pcm_uframes_t i = 0; i < frames; i++) {
		int16_t *on = &wire[((uint64_t)card->origin + card->taken + i) % WIRE];

		for (unsigned c = 0; c < card->io.channels; c++)
			out[i * card->io.channels + c] += *on;
		*on = 0;
	}
}

static snd_pcm_sframes_t sim_transfer(snd_pcm_ioplug_t *io,
				      const snd_pcm_channel_area_t *areas,
				      snd_pcm_uframes_t offset, snd_pcm_uframes_t frames)
{
	card_t *card = io->private_data;
	int16_t *out = (int16_t *)((char *)areas->addr +
				   (areas->first + areas->step * offset) / 8);

	if (io->stream == SND_PCM_STREAM_PLAYBACK)
		put(card, out, frames);
	else if (card->file)
		play(card, out, frames);
	else
		ramp(card, out, frames);
	if (card->loop && io->stream == SND_PCM_STREAM_CAPTURE)
		hear(card, out, frames);
	card->taken += frames;
	return frames;
}

static int sim_close(snd_pcm_ioplug_t *io)
{
	card_t *card = io->private_data;

	close(card->timer);
	if (card->file)
		fclose(card->file);
	if (card->log)
		fclose(card->log);
	free(card->ctl);
	free(card);
	return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
	.start = sim_start,
	.stop = sim_stop,
	.pointer = sim_pointer,
	.transfer = sim_transfer,
	.close = sim_close,
	.prepare = sim_prepare,
	.poll_revents = sim_revents,
};

static int limit(card_t *card, long rate, long channels)
{
	static const unsigned access[] = { SND_PCM_ACCESS_RW_INTERLEAVED };
	static const unsigned format[] = { SND_PCM_FORMAT_S16_LE };
	snd_pcm_ioplug_t *io = &card->io;
	int error = 0;

	error |= snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, access);
	error |= snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, format);
	error |= snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS,
						 channels ? channels : 1,
						 channels ? channels : 2);
	error |= snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE,
						 rate ? rate : 8000, rate ? rate : 48000);
	error |= snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64,
						 65536);
	error |= snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 256);
	return error;
}

SND_PCM_PLUGIN_DEFINE_FUNC(simline)
{
	snd_config_iterator_t i, next;
	const char *path = NULL, *ctl = NULL, *played = NULL, *log = NULL, *id;
	long rate = 0, channels = 0, loop = 0;
	card_t *card;
	int error;

	(void)root;
	snd_config_for_each(i, next, conf)
	{
		snd_config_t *node = snd_config_iterator_entry(i);

		if (snd_config_get_id(node, &id) < 0)
			continue;
		if (!strcmp(id, "path"))
			snd_config_get_string(node, &path);
		else if (!strcmp(id, "ctl"))
			snd_config_get_string(node, &ctl);
		else if (!strcmp(id, "played"))
			snd_config_get_string(node, &played);
		else if (!strcmp(id, "log"))
			snd_config_get_string(node, &log);
		else if (!strcmp(id, "loop"))
			snd_config_get_integer(node, &loop);
		else if (!strcmp(id, "rate"))
			snd_config_get_integer(node, &rate);
		else if (!strcmp(id, "channels"))
			snd_config_get_integer(node, &channels);
	}
	card = calloc(1, sizeof *card);
	if (!card)
		return -ENOMEM;
	card->ctl = ctl ? strdup(ctl) : NULL;
	if (look(card) == UNPLUGGED) {
		free(card->ctl);
		free(card);
		return -ENODEV;
	}
	if (stream == SND_PCM_STREAM_CAPTURE) {
		card->file = path ? fopen(path, "rb") : NULL;
	} else {
		card->file = played ? fopen(played, "ab") : NULL;
		card->log = log ? fopen(log, "a") : NULL;
	}
	card->loop = loop;
	card->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	card->io.version = SND_PCM_IOPLUG_VERSION;
	card->io.name = "simulated telephone line";
	card->io.callback = &callbacks;
	card->io.private_data = card;
	card->io.poll_fd = card->timer;
	card->io.poll_events = POLLIN;
	error = snd_pcm_ioplug_create(&card->io, name, stream, mode);
	if (error < 0) {
		sim_close(&card->io);
		return error;
	}
	error = limit(card, rate, channels);
	if (error < 0) {
		snd_pcm_ioplug_delete(&card->io);
		return error;
	}
	*pcmp = card->io.pcm;
	return 0;
}
SND_PCM_PLUGIN_SYMBOL(simline);
