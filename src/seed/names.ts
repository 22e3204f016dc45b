// How are the people of the demo college called? Names from many places, and the addresses made of them.
import type { Random } from './random.ts';

interface Origin {
  weight: number;
  given: string[];
  family: string[];
}

const origin = (weight: number, given: string, family: string): Origin => ({
  weight,
  given: given.split(' '),
  family: family.split(' '),
});

const ORIGINS: Origin[] = [
  origin(
    8,
    'Olivia James Charlotte Henry Grace Samuel Hannah Thomas Lucy Benjamin Abigail Daniel Ruby Oscar Alice Nathan Ella George Poppy Callum',
    'Bennett Carter Foster Hughes Mitchell Parker Reed Sullivan Turner Walsh Ward Whitaker Holloway Marsh Pemberton Ellis Barker Lowell',
  ),
  origin(
    7,
    'Aarav Ananya Rohan Priya Vikram Kavya Arjun Meera Ishaan Divya Kabir Neha Aditya Shreya Rahul Lakshmi Dev Sanjana Nikhil Pooja',
    'Sharma Patel Iyer Reddy Nair Gupta Chatterjee Desai Kulkarni Menon Rao Banerjee Joshi Malhotra Pillai Verma Kapoor Bhatt',
  ),
  origin(
    6,
    'Sofía Mateo Valentina Diego Camila Santiago Lucía Javier Isabela Andrés Gabriela Carlos Elena Miguel Daniela Rafael Mariana Luis',
    'García Hernández Rodríguez Morales Castillo Vargas Ortega Fuentes Delgado Navarro Rojas Mendoza Salazar Ibarra Cordero Peña',
  ),
  origin(
    5,
    'Wei Mei Jun Lan Hao Xin Yan Li Jing Bo Ying Chen Fang Ming Rui Qing',
    'Wang Zhang Liu Huang Zhao Wu Zhou Xu Sun Ma Zhu Lin Guo Luo Tang Deng',
  ),
  origin(
    5,
    'Chidi Amara Kwame Adaeze Tunde Ngozi Kofi Folake Emeka Zainab Abena Yaw Chioma Sefu Ifeoma Kojo Amina Obinna',
    'Okafor Mensah Adeyemi Okonkwo Boateng Eze Owusu Balogun Nwosu Asante Adebayo Obi Danjuma Appiah Onyango Diallo',
  ),
  origin(
    5,
    'Layla Omar Fatima Yusuf Mariam Karim Noor Hassan Salma Tariq Aisha Ibrahim Rania Khalid Huda Bilal Yasmin Samir',
    'Haddad Mansour Farouk Nasser Khoury Rahman Saleh Aziz Hamdan Darwish Qureshi Siddiqui Malik Ansari Bakri Zaman',
  ),
  origin(
    4,
    'Katarzyna Piotr Olena Dmytro Zofia Marek Anya Milan Ivana Tomasz Daria Luka Petra Stefan Vesna Jakub',
    'Nowak Kowalski Shevchenko Horváth Novotný Marković Petrov Wójcik Bondarenko Dvořák Zieliński Kovač Popescu Ivanova',
  ),
  origin(
    4,
    'Lena Jonas Freja Lukas Ingrid Nils Greta Emil Astrid Felix Signe Anton Maja Erik Clara Sander',
    'Lindqvist Schäfer Hansen Müller Berg Nielsen Virtanen Hoffmann Larsen Keller Andersson Vogel Janssen Øster Brandt Visser',
  ),
  origin(
    3,
    'Linh Minh Anh Quang Thu Duc Mai Khanh Hoa Long Trang Nam Thao Bao',
    'Nguyen Tran Le Pham Hoang Vu Dang Bui Do Ngo Duong Ly',
  ),
  origin(
    3,
    'Ji-woo Min-jun Seo-yeon Hyun-woo Ha-eun Do-yun Yuna Jae-hyun So-yeon Tae-min Eun-ji Sung-ho',
    'Kim Park Choi Jung Kang Yoon Jang Lim Han Shin Seo Kwon',
  ),
  origin(
    3,
    'Haruto Yui Sota Aoi Ren Sakura Yuto Hina Daiki Akari Kenji Naomi Takumi Emi',
    'Sato Suzuki Tanaka Watanabe Ito Nakamura Kobayashi Yamamoto Kato Yoshida Mori Ishikawa',
  ),
  origin(
    3,
    'Camille Étienne Amélie Baptiste Chloé Théo Manon Julien Inès Hugo Élodie Mathieu',
    'Moreau Lefèvre Dubois Fontaine Girard Mercier Rousseau Leclerc Beaumont Chevalier Marchand Renaud',
  ),
  origin(
    2,
    'Elif Emre Zeynep Kerem Defne Burak Selin Arda Nazlı Cem Ayla Deniz',
    'Yılmaz Demir Kaya Çelik Şahin Aydın Özdemir Arslan Koç Aksoy Erdoğan Polat',
  ),
  origin(
    2,
    'Angelica Jose Maricel Paolo Bea Ramon Jasmine Enzo Liza Marco Tala Gabriel',
    'Santos Reyes Cruz Bautista Villanueva Aquino Domingo Mercado Salonga Dizon Pascual Manalo',
  ),
  origin(
    2,
    'Kaia Tane Moana Nikau Leilani Keanu Mere Wiremu Aroha Koa',
    'Tamati Kealoha Ngata Parata Faleolo Tuimavave Henare Kahananui Pōtae Leota',
  ),
];

export interface PersonName {
  given: string;
  family: string;
  full: string;
}

/** Given and family name; one in twelve has parents from two places. */
export function drawName(random: Random): PersonName {
  const home = random.weighted(ORIGINS, (o) => o.weight);
  const other = random.chance(1 / 12) ? random.weighted(ORIGINS, (o) => o.weight) : home;
  return joined(random.pick(home.given), random.pick(other.family));
}

/** Another given name in the same family: a mother, father or aunt. */
export function relativeOf(random: Random, { given, family }: PersonName): PersonName {
  const home = ORIGINS.find((o) => o.given.includes(given)) ?? random.pick(ORIGINS);
  return joined(random.pick(home.given.filter((name) => name !== given)), family);
}

const joined = (given: string, family: string): PersonName => ({ given, family, full: `${given} ${family}` });

/** Names that nobody drew before, as long as there are any; then with a letter between. */
export function createNames(random: Random): () => PersonName {
  const drawn = new Set<string>();
  return () => {
    let name = drawName(random);
    for (let tries = 0; drawn.has(name.full) && tries < 40; tries++) {
      const { given, family } = drawName(random);
      const letter = String.fromCharCode(65 + random.whole(0, 25));
      name = tries < 20 ? joined(given, family) : { given, family, full: `${given} ${letter}. ${family}` };
    }
    drawn.add(name.full);
    return name;
  };
}

const LETTERS: Record<string, string> = { ø: 'o', ı: 'i', ł: 'l', ß: 'ss', æ: 'ae', đ: 'd' };

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[øıłßæđ]/g, (letter) => LETTERS[letter] ?? letter)
    .normalize('NFD')
    .replace(/[^a-z]/g, '');

/** `given.family@domain`, with a number from the second such person on. Domains are those of RFC 2606: nobody gets mail. */
export function createAddresses(): (name: PersonName, domain: string) => string {
  const used = new Map<string, number>();
  return (name, domain) => {
    const local = `${plain(name.given)}.${plain(name.family)}`;
    const n = (used.get(`${local}@${domain}`) ?? 0) + 1;
    used.set(`${local}@${domain}`, n);
    return `${local}${n === 1 ? '' : String(n)}@${domain}`;
  };
}
