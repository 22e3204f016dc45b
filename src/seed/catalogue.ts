// What can be studied at the demo college? Programmes, and the subjects their courses come from.

export interface Programme {
  name: string;
  /** Of how many semesters it consists. */
  semesters: number;
  /** Prefixes of the subjects that its students mostly take: the own one first. */
  subjects: string[];
  /** How many students it attracts beside the others. */
  weight: number;
}

export interface Subject {
  prefix: string;
  building: string;
  /** Course names by level: the first two of year one, and so on. */
  courses: string[];
  /** Useful to everybody. */
  general?: true;
}

/** One course that could be offered: `CS101`. */
export interface CatalogueCourse {
  code: string;
  name: string;
  subject: Subject;
  /** 1–4: the year it is meant for. */
  level: number;
  /** How many of its subject come before it; the catalogue is offered breadth first. */
  rank: number;
}

const programme = (name: string, semesters: number, weight: number, subjects: string): Programme => ({
  name,
  semesters,
  weight,
  subjects: subjects.split(' '),
});

export const PROGRAMMES: Programme[] = [
  programme('BSc Computer Science', 8, 12, 'CS IT MA DS'),
  programme('BSc Data Science', 8, 8, 'DS CS MA EC'),
  programme('BSc Information Technology', 8, 8, 'IT CS MGT'),
  programme('Bachelor of Business Administration', 8, 11, 'MGT FIN EC MKT'),
  programme('BCom Finance and Accounting', 6, 7, 'FIN EC MGT MA'),
  programme('BSc Nursing', 8, 10, 'NUR LS PSY'),
  programme('BSc Psychology', 6, 8, 'PSY SOC LS'),
  programme('BEng Electrical Engineering', 8, 6, 'EE PHY MA CS'),
  programme('BEng Mechanical Engineering', 8, 6, 'ME PHY MA EE'),
  programme('BA English Literature', 6, 5, 'EN HIS JRN'),
  programme('BSc Mathematics', 6, 4, 'MA PHY DS CS'),
  programme('BSc Physics', 6, 3, 'PHY MA EE'),
  programme('BSc Life Sciences', 6, 6, 'LS ENV PHY'),
  programme('BA Economics', 6, 5, 'EC FIN MA SOC'),
  programme('BA History', 6, 3, 'HIS EN SOC'),
  programme('BEd Primary Education', 8, 6, 'EDU PSY EN'),
  programme('BSc Environmental Science', 6, 4, 'ENV LS PHY'),
  programme('BA Journalism and Media', 6, 4, 'JRN EN SOC MKT'),
  programme('LLB Law', 8, 5, 'LAW HIS EC'),
  programme('MSc Artificial Intelligence', 4, 3, 'DS CS MA'),
];

const subject = (prefix: string, building: string, courses: string, general?: true): Subject => ({
  prefix,
  building,
  courses: courses.split(' · '),
  ...(general ? { general } : {}),
});

/** In order of their prefixes, so that the first subject is also the first in every list of courses. */
export const SUBJECTS: Subject[] = [
  subject(
    'CS',
    'Turing',
    'Introduction to Programming · Data Structures · Algorithms · Databases · Operating Systems · Computer Networks · Software Engineering · Distributed Systems',
  ),
  subject(
    'DS',
    'Turing',
    'Data Literacy · Statistics with Python · Data Visualisation · Machine Learning · Data Engineering · Deep Learning · Natural Language Processing · Responsible AI',
  ),
  subject(
    'EC',
    'Smith',
    'Principles of Microeconomics · Principles of Macroeconomics · Intermediate Microeconomics · Econometrics · Development Economics · Public Economics · Game Theory · Monetary Policy',
  ),
  subject(
    'EDU',
    'Montessori',
    'Foundations of Education · Child Development · Classroom Practice · Teaching Reading · Inclusive Education · Assessment in Schools · Curriculum Design · School Leadership',
  ),
  subject(
    'EE',
    'Faraday',
    'Electric Circuits · Digital Logic · Signals and Systems · Electronic Devices · Control Systems · Power Systems · Embedded Systems · Communication Systems',
  ),
  subject(
    'EN',
    'Woolf',
    'Academic Writing · Reading the Novel · Shakespeare and His Time · Modern Poetry · World Literature · Literary Theory · Creative Writing · The Victorian Novel',
    true,
  ),
  subject(
    'ENV',
    'Carson',
    'Earth Systems · Ecology and People · Climate Science · Water Resources · Environmental Law · Field Methods · Energy and Society · Conservation Planning',
  ),
  subject(
    'FIN',
    'Smith',
    'Financial Accounting · Management Accounting · Corporate Finance · Taxation · Auditing · Investment Analysis · International Finance · Risk Management',
  ),
  subject(
    'HIS',
    'Woolf',
    'The Ancient World · Making Modern Europe · Empires and Independence · The Industrial Age · The Cold War · History of Medicine · Oral History · Archives and Evidence',
  ),
  subject(
    'IT',
    'Turing',
    'Computing in Practice · Web Technologies · Systems Administration · Information Security · Cloud Computing · Mobile Applications · IT Project Management · DevOps',
  ),
  subject(
    'JRN',
    'Woolf',
    'News Writing · Media and Society · Photojournalism · Interviewing · Data Journalism · Media Law and Ethics · Radio and Podcast · Investigative Reporting',
  ),
  subject(
    'LAW',
    'Marshall',
    'Legal Method · Contract Law · Criminal Law · Constitutional Law · Law of Torts · Property Law · Human Rights Law · Company Law',
  ),
  subject(
    'LS',
    'Franklin',
    'Cell Biology · Human Anatomy · Genetics · Biochemistry · Microbiology · Physiology · Evolutionary Biology · Immunology',
  ),
  subject(
    'MA',
    'Noether',
    'Calculus I · Linear Algebra · Calculus II · Probability · Differential Equations · Real Analysis · Numerical Methods · Abstract Algebra',
    true,
  ),
  subject(
    'ME',
    'Faraday',
    'Engineering Drawing · Statics and Dynamics · Thermodynamics · Mechanics of Materials · Fluid Mechanics · Machine Design · Manufacturing Processes · Heat Transfer',
  ),
  subject(
    'MGT',
    'Smith',
    'Principles of Management · Organisational Behaviour · Business Law · Operations Management · Human Resource Management · Strategic Management · Entrepreneurship · Project Management',
  ),
  subject(
    'MKT',
    'Smith',
    'Marketing Essentials · Consumer Behaviour · Brand Management · Digital Marketing · Market Research · Service Marketing · Advertising · Marketing Strategy',
  ),
  subject(
    'NUR',
    'Nightingale',
    'Foundations of Nursing · Health Assessment · Pharmacology · Adult Nursing · Mental Health Nursing · Paediatric Nursing · Community Health · Nursing Leadership',
  ),
  subject(
    'PHY',
    'Curie',
    'Mechanics · Electricity and Magnetism · Waves and Optics · Modern Physics · Thermal Physics · Quantum Mechanics · Solid State Physics · Astrophysics',
  ),
  subject(
    'PSY',
    'James',
    'Introduction to Psychology · Research Methods · Cognitive Psychology · Developmental Psychology · Social Psychology · Biological Psychology · Clinical Psychology · Psychology of Learning',
    true,
  ),
  subject(
    'SOC',
    'James',
    'Introduction to Sociology · Social Inequality · Family and Society · Urban Life · Social Research · Migration · Sociology of Work · Culture and Identity',
  ),
];

const level = (rank: number): number => 1 + Math.floor(rank / 2);

const course = (from: Subject, rank: number): CatalogueCourse => ({
  code: `${from.prefix}${String(level(rank))}0${String(1 + (rank % 2))}`,
  name: from.courses[rank] ?? '',
  subject: from,
  level: level(rank),
  rank,
});

const DEPTH = 8;

/** How many students want courses of a subject. */
const demand = ({ prefix }: Subject): number =>
  PROGRAMMES.reduce((sum, { subjects, weight }) => {
    const at = subjects.indexOf(prefix);
    return sum + (at === -1 ? 0 : weight / (at + 1));
  }, 0);

const wanted = [...SUBJECTS].sort((a, b) => demand(b) - demand(a));

/** Every course there is: the first of each subject before the second of any, the most wanted subject first. */
const CATALOGUE: CatalogueCourse[] = Array.from({ length: DEPTH }, (_, rank) => rank).flatMap((rank) =>
  wanted.map((from) => course(from, rank)),
);

export interface Offering extends CatalogueCourse {
  /** 0 for the only one; a larger college offers the same course to several groups. */
  group: number;
}

/** The `n` courses of a term, in order of their codes. */
export const chooseCourses = (n: number): Offering[] =>
  Array.from({ length: n }, (_, i) => ({ group: Math.floor(i / CATALOGUE.length), i: i % CATALOGUE.length }))
    .flatMap(({ group, i }) => CATALOGUE.slice(i, i + 1).map((one) => ({ ...one, group })))
    .sort((a, b) => SUBJECTS.indexOf(a.subject) - SUBJECTS.indexOf(b.subject) || a.rank - b.rank || a.group - b.group);

const VARIANTS = ['', ' (evening)', ' (part-time)', ' with Honours', ' (online)'];

/** The first `n` programmes; beyond the twenty the same ones are offered in other forms. */
export function chooseProgrammes(n: number): Programme[] {
  return Array.from({ length: n }, (_, i) => {
    const base = PROGRAMMES[i % PROGRAMMES.length];
    if (!base) throw new Error('there is no programme');
    const round = Math.floor(i / PROGRAMMES.length);
    return { ...base, name: `${base.name}${VARIANTS[round] ?? `, group ${String(round)}`}` };
  });
}
