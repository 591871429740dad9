export { type ChartRegistry, startChartRegistry } from "./registry";
export {
  CHART,
  CHART_VERSIONS,
  type ChartRepository,
  type Hold,
  platformCharts,
  platformVersions,
  startChartRepository,
} from "./repository";
