import { createContext } from 'svelte';
import type { Bridge } from '../../../electron/contract/bridge.ts';
import { I18n } from '../i18n/i18n.svelte.ts';
import { Access } from './access.svelte.ts';
import { CameraState } from './camera.svelte.ts';
import { StationClock } from './clock.ts';
import { DriftState } from './drift.svelte.ts';
import { GuideState } from './guide.svelte.ts';
import { HelpState } from './help.svelte.ts';
import { HistoryState } from './history.svelte.ts';
import { InspectState } from './inspect.svelte.ts';
import { ModelReportsState } from './modelReports.svelte.ts';
import { Navigation } from './navigation.svelte.ts';
import { RetrainState } from './retrain.svelte.ts';
import { ReviewState } from './review.svelte.ts';
import { RolloutState } from './rollout.svelte.ts';
import { StationState } from './station.svelte.ts';
import { TeachState } from './teach.svelte.ts';
import { ThresholdsState } from './thresholds.svelte.ts';
import { ThumbnailQueue } from './thumbnailQueue.ts';
import { TrendsState } from './trends.svelte.ts';
import { Toasts } from './toasts.svelte.ts';
import { Zoom } from './zoom.svelte.ts';

/** Everything the page holds, made once by `App.svelte` and handed down by context. */
export class AppState {
  readonly toasts = new Toasts();
  readonly thumbnails = new ThumbnailQueue();
  readonly station: StationState;
  readonly access: Access;
  readonly i18n: I18n;
  readonly navigation: Navigation;
  readonly inspect: InspectState;
  readonly history: HistoryState;
  readonly review: ReviewState;
  readonly guide: GuideState;
  readonly help: HelpState;
  readonly zoom = new Zoom();
  readonly trends: TrendsState;
  readonly drift: DriftState;
  readonly camera: CameraState;
  readonly teach: TeachState;
  readonly retrain: RetrainState;
  readonly rollout: RolloutState;
  readonly thresholds: ThresholdsState;
  readonly modelReports: ModelReportsState;

  constructor(bridge: Bridge, window: Window) {
    this.station = new StationState(bridge, new StationClock(() => performance.now()), this.toasts);
    this.i18n = new I18n(
      () => this.station.settings?.language ?? (window.navigator.language.startsWith('ja') ? 'ja' : 'en'),
    );
    // Begun anew on other data: nothing that was loaded holds any more.
    bridge.on('station.restarted', () => window.location.reload());
    this.access = new Access(this.station, this.i18n, () => performance.now());
    this.navigation = new Navigation(window);
    this.help = new HelpState(this.i18n, this.navigation, this.toasts);
    this.inspect = new InspectState(this.station, this.toasts);
    this.history = new HistoryState(this.station);
    this.review = new ReviewState(this.station, this.toasts);
    this.trends = new TrendsState(this.station, this.history);
    this.guide = new GuideState(this.station, this.navigation, this.trends, bridge);
    this.drift = new DriftState(this.station, bridge);
    this.camera = new CameraState(this.station, window.navigator.mediaDevices, window.navigator.locks);
    this.teach = new TeachState(this.station);
    this.retrain = new RetrainState(this.station);
    this.rollout = new RolloutState(this.station, bridge);
    this.thresholds = new ThresholdsState(this.station);
    this.modelReports = new ModelReportsState(this.station, this.retrain);
  }
}

export const [getApp, setApp] = createContext<AppState>();
