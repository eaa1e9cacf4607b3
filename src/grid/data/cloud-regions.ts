/**
 * Regions of public clouds: where they are and which grid area serves them.
 *
 * Names of regions and of their places:
 * - `gcp`: Google, Region carbon data of 2024 (https://github.com/GoogleCloudPlatform/region-carbon-info, Apache-2.0).
 * - `aws`, `azure`: Green Software Foundation, Carbon Aware SDK 1.8, `aws-regions.json` and `azure-regions.json` (MIT), and
 *   for regions opened since then the lists that the providers publish. Left out are Azure's `eastusstg` and `brazilus`,
 *   which customers cannot use.
 *
 * Positions are those of the place, to a hundredth of a degree: public geography. A region is several buildings within
 * tens of kilometres, at addresses that are not published.
 *
 * Zones are our own: the operator that serves the place, in Electricity Maps' identifiers, as publicly known on
 * 2026-11-25. Where two operators serve the area, `unsure` says so.
 *
 * @module
 */

export interface CloudRegion {
  readonly place: string;
  /** Degrees north. */
  readonly latitude: number;
  /** Degrees east. */
  readonly longitude: number;
  readonly zone: string;
  /** Why the zone may be another one, for people. */
  readonly unsure?: string;
}

const at = (place: string, latitude: number, longitude: number, zone: string, unsure?: string): CloudRegion => ({
  place,
  latitude,
  longitude,
  zone,
  ...(unsure === undefined ? {} : { unsure }),
});

/** Provider → the name it gives to the region → the region. */
export const CLOUD_REGIONS: Readonly<Record<string, Readonly<Record<string, CloudRegion>>>> = {
  aws: {
    'af-south-1': at('Cape Town', -33.93, 18.42, 'ZA'),
    'ap-east-1': at('Hong Kong', 22.3, 114.17, 'HK'),
    'ap-east-2': at('Taipei', 25.04, 121.56, 'TW'),
    'ap-northeast-1': at('Tokyo', 35.69, 139.69, 'JP-TK'),
    'ap-northeast-2': at('Seoul', 37.57, 126.98, 'KR'),
    'ap-northeast-3': at('Osaka', 34.69, 135.5, 'JP-KN'),
    'ap-south-1': at('Mumbai', 19.08, 72.88, 'IN-WE'),
    'ap-south-2': at('Hyderabad', 17.39, 78.49, 'IN-SO'),
    'ap-southeast-1': at('Singapore', 1.3, 103.8, 'SG'),
    'ap-southeast-2': at('Sydney', -33.87, 151.21, 'AU-NSW'),
    'ap-southeast-3': at('Jakarta', -6.2, 106.83, 'ID'),
    'ap-southeast-4': at('Melbourne', -37.81, 144.96, 'AU-VIC'),
    'ap-southeast-5': at('Kuala Lumpur', 3.14, 101.69, 'MY-WM'),
    'ap-southeast-6': at('Auckland', -36.85, 174.76, 'NZ'),
    'ap-southeast-7': at('Bangkok', 13.76, 100.5, 'TH'),
    'ca-central-1': at('Montréal', 45.5, -73.57, 'CA-QC'),
    'ca-west-1': at('Calgary', 51.05, -114.07, 'CA-AB'),
    'cn-north-1': at('Beijing', 39.9, 116.41, 'CN'),
    'cn-northwest-1': at('Zhongwei', 37.5, 105.2, 'CN'),
    'eu-central-1': at('Frankfurt', 50.11, 8.68, 'DE'),
    'eu-central-2': at('Zurich', 47.38, 8.54, 'CH'),
    'eu-north-1': at('Stockholm', 59.33, 18.07, 'SE-SE3'),
    'eu-south-1': at('Milan', 45.46, 9.19, 'IT-NO'),
    'eu-south-2': at('Zaragoza', 41.65, -0.88, 'ES'),
    'eu-west-1': at('Dublin', 53.35, -6.26, 'IE'),
    'eu-west-2': at('London', 51.51, -0.13, 'GB'),
    'eu-west-3': at('Paris', 48.86, 2.35, 'FR'),
    'il-central-1': at('Tel Aviv', 32.07, 34.79, 'IL'),
    'me-central-1': at('United Arab Emirates', 25.2, 55.27, 'AE'),
    'me-south-1': at('Bahrain', 26.15, 50.5, 'BH'),
    'mx-central-1': at('Querétaro', 20.59, -100.39, 'MX-OC'),
    'sa-east-1': at('São Paulo', -23.55, -46.63, 'BR-CS'),
    'us-east-1': at('Northern Virginia', 39.04, -77.49, 'US-MIDA-PJM'),
    'us-east-2': at('Ohio', 39.96, -83, 'US-MIDA-PJM'),
    'us-gov-east-1': at('Ohio', 39.96, -83, 'US-MIDA-PJM'),
    'us-gov-west-1': at('Oregon', 45.84, -119.7, 'US-NW-BPAT', 'PacifiCorp (US-NW-PACW) serves parts of that area'),
    'us-west-1': at('Northern California', 37.35, -121.95, 'US-CAL-CISO'),
    'us-west-2': at('Oregon', 45.84, -119.7, 'US-NW-BPAT', 'PacifiCorp (US-NW-PACW) serves parts of that area'),
  },
  azure: {
    australiacentral: at('Canberra', -35.31, 149.12, 'AU-NSW'),
    australiacentral2: at('Canberra', -35.31, 149.12, 'AU-NSW'),
    australiaeast: at('Sydney', -33.86, 151.21, 'AU-NSW'),
    australiasoutheast: at('Melbourne', -37.81, 144.96, 'AU-VIC'),
    austriaeast: at('Vienna', 48.21, 16.37, 'AT'),
    belgiumcentral: at('Brussels', 50.85, 4.35, 'BE'),
    brazilsouth: at('São Paulo', -23.55, -46.63, 'BR-CS'),
    brazilsoutheast: at('Rio de Janeiro', -22.9, -43.21, 'BR-CS'),
    canadacentral: at('Toronto', 43.65, -79.38, 'CA-ON'),
    canadaeast: at('Québec', 46.82, -71.22, 'CA-QC'),
    centralindia: at('Pune', 18.58, 73.92, 'IN-WE'),
    centralus: at('Iowa', 41.59, -93.62, 'US-MIDW-MISO'),
    centraluseuap: at('Iowa', 41.59, -93.62, 'US-MIDW-MISO'),
    chilecentral: at('Santiago', -33.45, -70.67, 'CL-SEN'),
    eastasia: at('Hong Kong', 22.27, 114.19, 'HK'),
    eastus: at('Virginia', 37.37, -79.82, 'US-MIDA-PJM'),
    eastus2: at('Virginia', 36.67, -78.39, 'US-MIDA-PJM'),
    eastus2euap: at('Virginia', 36.67, -78.39, 'US-MIDA-PJM'),
    francecentral: at('Paris', 48.86, 2.35, 'FR'),
    francesouth: at('Marseille', 43.3, 5.37, 'FR'),
    germanynorth: at('Berlin', 52.52, 13.4, 'DE'),
    germanywestcentral: at('Frankfurt', 50.11, 8.68, 'DE'),
    indonesiacentral: at('Jakarta', -6.2, 106.83, 'ID'),
    israelcentral: at('Israel', 32.07, 34.79, 'IL'),
    italynorth: at('Milan', 45.47, 9.18, 'IT-NO'),
    japaneast: at('Tokyo', 35.68, 139.77, 'JP-TK'),
    japanwest: at('Osaka', 34.69, 135.5, 'JP-KN'),
    jioindiacentral: at('Nagpur', 21.15, 79.09, 'IN-WE'),
    jioindiawest: at('Jamnagar', 22.47, 70.06, 'IN-WE'),
    koreacentral: at('Seoul', 37.57, 126.98, 'KR'),
    koreasouth: at('Busan', 35.18, 129.08, 'KR'),
    malaysiawest: at('Kuala Lumpur', 3.14, 101.69, 'MY-WM'),
    mexicocentral: at('Querétaro', 20.59, -100.39, 'MX-OC'),
    newzealandnorth: at('Auckland', -36.85, 174.76, 'NZ'),
    northcentralus: at('Chicago', 41.88, -87.63, 'US-MIDA-PJM', 'most of Illinois beyond Chicago is US-MIDW-MISO'),
    northeurope: at('Dublin', 53.35, -6.26, 'IE'),
    norwayeast: at('Oslo', 59.91, 10.75, 'NO-NO1'),
    norwaywest: at('Stavanger', 58.97, 5.73, 'NO-NO2'),
    polandcentral: at('Warsaw', 52.23, 21.02, 'PL'),
    qatarcentral: at('Doha', 25.55, 51.44, 'QA'),
    southafricanorth: at('Pretoria', -25.73, 28.22, 'ZA'),
    southafricawest: at('Cape Town', -34.08, 18.84, 'ZA'),
    southcentralus: at('San Antonio', 29.42, -98.5, 'US-TEX-ERCO'),
    southeastasia: at('Singapore', 1.3, 103.83, 'SG'),
    southindia: at('Chennai', 12.98, 80.16, 'IN-SO'),
    spaincentral: at('Madrid', 40.42, -3.7, 'ES'),
    swedencentral: at('Gävle', 60.67, 17.14, 'SE-SE3', 'the border with SE-SE2 is near'),
    switzerlandnorth: at('Zurich', 47.45, 8.56, 'CH'),
    switzerlandwest: at('Geneva', 46.2, 6.14, 'CH'),
    uaecentral: at('Abu Dhabi', 24.47, 54.37, 'AE'),
    uaenorth: at('Dubai', 25.27, 55.32, 'AE'),
    uksouth: at('London', 51.51, -0.13, 'GB'),
    ukwest: at('Cardiff', 51.48, -3.18, 'GB'),
    westcentralus: at('Cheyenne', 41.14, -104.82, 'US-NW-WACM', 'PacifiCorp (US-NW-PACE) serves most of Wyoming'),
    westeurope: at('Netherlands', 52.37, 4.9, 'NL'),
    westindia: at('Mumbai', 19.09, 72.87, 'IN-WE'),
    westus: at('California', 37.78, -122.42, 'US-CAL-CISO'),
    westus2: at('Quincy', 47.23, -119.85, 'US-NW-GCPD', 'parts of that area draw on US-NW-BPAT and US-NW-CHPD'),
    westus3: at(
      'Phoenix',
      33.45,
      -112.07,
      'US-SW-AZPS',
      'the Salt River Project (US-SW-SRP) serves parts of that area',
    ),
  },
  gcp: {
    'africa-south1': at('Johannesburg', -26.2, 28.05, 'ZA'),
    'asia-east1': at('Changhua County', 24.05, 120.52, 'TW'),
    'asia-east2': at('Hong Kong', 22.3, 114.17, 'HK'),
    'asia-northeast1': at('Tokyo', 35.69, 139.69, 'JP-TK'),
    'asia-northeast2': at('Osaka', 34.69, 135.5, 'JP-KN'),
    'asia-northeast3': at('Seoul', 37.57, 126.98, 'KR'),
    'asia-south1': at('Mumbai', 19.08, 72.88, 'IN-WE'),
    'asia-south2': at('Delhi', 28.61, 77.21, 'IN-NO'),
    'asia-southeast1': at('Singapore', 1.35, 103.7, 'SG'),
    'asia-southeast2': at('Jakarta', -6.2, 106.83, 'ID'),
    'australia-southeast1': at('Sydney', -33.87, 151.21, 'AU-NSW'),
    'australia-southeast2': at('Melbourne', -37.81, 144.96, 'AU-VIC'),
    'europe-central2': at('Warsaw', 52.23, 21.01, 'PL'),
    'europe-north1': at('Hamina', 60.57, 27.2, 'FI'),
    'europe-north2': at('Stockholm', 59.33, 18.07, 'SE-SE3'),
    'europe-southwest1': at('Madrid', 40.42, -3.7, 'ES'),
    'europe-west1': at('Saint-Ghislain', 50.45, 3.82, 'BE'),
    'europe-west10': at('Berlin', 52.52, 13.4, 'DE'),
    'europe-west12': at('Turin', 45.07, 7.69, 'IT-NO'),
    'europe-west2': at('London', 51.51, -0.13, 'GB'),
    'europe-west3': at('Frankfurt', 50.11, 8.68, 'DE'),
    'europe-west4': at('Eemshaven', 53.43, 6.86, 'NL'),
    'europe-west6': at('Zürich', 47.38, 8.54, 'CH'),
    'europe-west8': at('Milan', 45.46, 9.19, 'IT-NO'),
    'europe-west9': at('Paris', 48.86, 2.35, 'FR'),
    'me-central1': at('Doha', 25.29, 51.53, 'QA'),
    'me-central2': at('Dammam', 26.43, 50.1, 'SA'),
    'me-west1': at('Tel Aviv', 32.07, 34.79, 'IL'),
    'northamerica-northeast1': at('Montréal', 45.5, -73.57, 'CA-QC'),
    'northamerica-northeast2': at('Toronto', 43.65, -79.38, 'CA-ON'),
    'northamerica-south1': at('Querétaro', 20.59, -100.39, 'MX-OC'),
    'southamerica-east1': at('São Paulo', -23.55, -46.63, 'BR-CS'),
    'southamerica-west1': at('Santiago', -33.45, -70.67, 'CL-SEN'),
    'us-central1': at('Council Bluffs', 41.26, -95.86, 'US-MIDW-MISO', 'the border with US-CENT-SWPP is near'),
    'us-central2': at('Pryor', 36.31, -95.32, 'US-CENT-SWPP'),
    'us-east1': at('Moncks Corner', 33.2, -80.01, 'US-CAR-SC'),
    'us-east2': at('Georgia', 33.75, -84.6, 'US-SE-SOCO'),
    'us-east4': at('Northern Virginia', 39.04, -77.49, 'US-MIDA-PJM'),
    'us-east5': at('Columbus', 39.96, -83, 'US-MIDA-PJM'),
    'us-south1': at('Dallas', 32.78, -96.8, 'US-TEX-ERCO'),
    'us-west1': at('The Dalles', 45.59, -121.18, 'US-NW-BPAT'),
    'us-west2': at('Los Angeles', 34.05, -118.24, 'US-CAL-CISO', 'the city itself is served by US-CAL-LDWP'),
    'us-west3': at('Salt Lake City', 40.76, -111.89, 'US-NW-PACE'),
    'us-west4': at('Las Vegas', 36.17, -115.14, 'US-NW-NEVP'),
  },
};
