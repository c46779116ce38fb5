// Keys of the headset, the keyboard and the lock screen (Media Session API).

export function startSession(player, jumpMark, next) {
  const session = navigator.mediaSession;
  if (!session) return;
  const { title, when } = player.box.dataset;
  session.metadata = new MediaMetadata({ title, artist: when });
  const actions = {
    play: () => player.play(),
    pause: () => player.pause(),
    stop: () => player.pause(),
    seekbackward: (told) => player.by(-(told.seekOffset ?? 5)),
    seekforward: (told) => player.by(told.seekOffset ?? 5),
    seekto: (told) => player.seek(told.seekTime),
    previoustrack: () => jumpMark(false),
    nexttrack: next,
  };
  for (const [name, action] of Object.entries(actions)) {
    try {
      session.setActionHandler(name, action);
    } catch { /* this browser does not know it */ }
  }
  function place() {
    session.playbackState = player.playing ? "playing" : "paused";
    session.setPositionState?.({
      duration: player.seconds,
      position: player.clamp(player.audio.currentTime),
      playbackRate: player.audio.playbackRate,
    });
  }
  player.on("turned", place);
  player.on("habits", place);
  player.audio.addEventListener("seeked", place);
}
