export { CHART, CHART_VERSIONS, type ChartRepository, type Hold, startChartRepository } from "./repository";
