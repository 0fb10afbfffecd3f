"""Names of invented people and their places: the values of which persons are composed. Data alone."""

FEMALE = """
Abigail Adaeze Agnes Aisha Alejandra Alma Amara Anh Anneliese Aparna Beatriz Bernadette Bridget Camille Carlotta Cecilia Chiara Constance Cynthia
Dagny Daniela Delphine Dolores Dorothea Edith Eleni Elspeth Esperanza Estelle Ewa Farida Felicia Fatoumata Frances Freya Genevieve Gloria Gudrun Guadalupe
Hadiza Hannelore Harriet Hyun-ju Ileana Imogen Ingrid Isolde Jacqueline Jasmin Jelena Josephine Juanita Kalinda Katarzyna Keiko Kiran Lakshmi Latoya
Leilani Leonora Ludmila Mabel Magdalena Maeve Marguerite Marisol Matilda Mei-Ling Mireille Nadia Ngozi Niamh Noor Octavia Odalys Olga Ottilie Paloma
Parvati Penelope Philippa Priya Rosalind Ruth Sadie Samira Shanice Siobhan Soledad Svetlana Tamsin Thandiwe Theodora Thuy Ursula Valentina Verena
Wilhelmina Winifred Ximena Yasmin Yolanda Yuki Zainab Zsofia
""".split()

MALE = """
Abdul Adewale Alistair Ambrose Anders Andrzej Angus Arturo Barnaby Bartholomew Benedikt Bertram Bilal Boris Bruno Caleb Casimir Cedric Chidi Clarence
Cornelius Cyrus Dashiell Declan Demetrius Desmond Dmitri Donovan Eamon Edmund Eduardo Elias Emeka Emilio Ephraim Esteban Ezekiel Fabian Farouk Fergus
Florian Franklin Gareth Giancarlo Gideon Gregor Gustavo Hamish Hector Hideo Horace Ibrahim Ignacio Ishaan Ivor Jamal Jarek Javier Jerome Joaquin
Joon-ho Kareem Kazimir Kenji Kofi Lachlan Lamar Leander Leopold Lorenzo Lucius Malachi Marcelo Matthias Mordecai Murray Nathaniel Nikolai Obinna Olaf
Omar Orlando Osvaldo Percival Quang Quentin Rafael Raghav Reginald Rohan Rupert Salvatore Santiago Seamus Silas Solomon Stellan Sven Tariq Terrence
Thaddeus Tobias Tomasz Ulysses Vikram Vincenzo Wendell Wolfgang Xavier Yusuf Zachary Zoltan
""".split()

FAMILY = """
Abernathy Achebe Aguilar Akintola Albrecht Alvarado Anand Andersson Arrington Ashworth Bachmann Bainbridge Balogun Bannister Barrientos Beaumont
Belanger Bergstrom Bielski Blackwood Bogdanov Bordelon Bramwell Brzezinski Buckingham Bustamante Cabrera Calloway Camacho Carmichael Castellano
Chakraborty Chatterjee Cholmondeley Christodoulou Cisneros Colquhoun Cordova Cunningham Czerny D'Angelo Dahlgren Danjuma Delacroix Delgadillo Demirci
Desrosiers Devereaux Diallo Dombrowski Donoghue Dubois Echeverria Edmondson Eisenberg Ekwueme El-Amin Engström Escalante Espinoza Fairweather
Farquhar Fernandes Figueroa Fitzgerald Fontenot Fujimoto Galloway Garibaldi Gebremariam Georgiou Giannopoulos Goldfarb Gonsalves Grabowski Grünwald
Guerrero Gupta Hakimi Halvorsen Hargreaves Hashimoto Hathaway Heathcote Hendricks Hernandez-Ruiz Higashi Hollingsworth Huang Hutchinson Ibarra Idowu
Ivanova Iyer Jankowski Jaramillo Jimenez Joergensen Kaminski Kapoor Karlsson Katsaros Kavanagh Khatri Kilpatrick Kimathi Kowalczyk Krishnan
Kuznetsov Lachance Lafontaine Langstaff Larkspur Lefebvre Lindqvist Llewellyn Lombardi Lozano MacAllister Mahoney Makinde Maldonado Marchetti
Marroquin Mbeki McAllister McGillicuddy Medeiros Menendez Mikkelsen Montalvo Moretti Mukherjee Mwangi Nakamura Narayanan Navarrete Ndiaye Nguyen
Nikolaidis Nwosu O'Brien O'Shaughnessy Obermeyer Ochoa Odhiambo Okafor Okonkwo Oliveira Onyango Orozco Osterberg Ouellette Oyelaran Paczkowski
Palaniappan Papadakis Pappas Patel Pellegrino Pemberton Petrosyan Pfeiffer Phan Pietrangelo Pinkerton Ponce Popescu Prendergast Quezada Quintanilla
Rademacher Rahimi Rajagopal Ramaswamy Redmond Reinhardt Rinaldi Rosenthal Rutherford Saavedra Sandoval Santoro Satterfield Schreiber Schuster
Sepulveda Shevchenko Sithole Skarsgaard Sokolov Solorzano Somerville Soriano Stavros Strickland Suleiman Sundaram Szabo Takahashi Tanaka Tchaikovsky
Thibodeaux Thistlewood Tikhonov Torvald Tran Trujillo Uchida Underhill Valdivia Van-Houten Vasquez Venkatesan Verhoeven Villanueva Vlahos
Wainwright Wachowski Weatherby Weissman Whitcombe Wickramasinghe Wojcik Wolverton Woolsey Xiong Yamamoto Yankovic Yilmaz Zamora Zeller Zielinski
""".split()

CITIES = (
    """
Albuquerque, NM 871|Amarillo, TX 791|Asheville, NC 288|Bakersfield, CA 933|Bangor, ME 044|Baton Rouge, LA 708|Beaverton, OR 970|Bellingham, WA 982
Biloxi, MS 395|Boise, ID 837|Brattleboro, VT 053|Brockton, MA 023|Burlington, VT 054|Carson City, NV 897|Cedar Rapids, IA 524|Chattanooga, TN 374
Cheyenne, WY 820|Chula Vista, CA 919|Cincinnati, OH 452|Corpus Christi, TX 784|Davenport, IA 528|Decatur, GA 300|Duluth, MN 558|Durango, CO 813
Elkhart, IN 465|Evansville, IN 477|Fargo, ND 581|Fayetteville, AR 727|Flagstaff, AZ 860|Fond du Lac, WI 549|Galveston, TX 775|Grand Rapids, MI 495
Greensboro, NC 274|Gresham, OR 970|Hattiesburg, MS 394|Hialeah, FL 330|Kalamazoo, MI 490|Kenosha, WI 531|Knoxville, TN 379|La Crosse, WI 546
Lafayette, LA 705|Laramie, WY 820|Las Cruces, NM 880|Lubbock, TX 794|Lynchburg, VA 245|Macon, GA 312|Manchester, NH 031|Missoula, MT 598
Muncie, IN 473|Naperville, IL 605|New Bedford, MA 027|Ogden, UT 844|Olathe, KS 660|Paducah, KY 420|Pensacola, FL 325|Peoria, IL 616
Pocatello, ID 832|Poughkeepsie, NY 126|Pueblo, CO 810|Roanoke, VA 240|Rochester, MN 559|Saginaw, MI 486|Saint Cloud, MN 563|San Marcos, TX 786
Santa Rosa, CA 954|Schenectady, NY 123|Scranton, PA 185|Shreveport, LA 711|Sioux Falls, SD 571|Spokane, WA 992|Tacoma, WA 984|Tallahassee, FL 323
Terre Haute, IN 478|Topeka, KS 666|Tucson, AZ 857|Utica, NY 135|Walla Walla, WA 993|Wichita Falls, TX 763|Yonkers, NY 107|Youngstown, OH 445
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
"""City, state and the first three digits of its postal codes."""

STREETS = (
    """
Alder|Ashgrove|Aspen Hollow|Barrow|Bayberry|Birchwood|Brookhaven|Buckeye|Calhoun|Canterbury|Cattail|Chestnut Hill|Clearwater|Colonial|Copperfield
Cottonwood|Dogwood|Eastlake|Elmhurst|Fairmount|Fallen Oak|Foxglove|Garfield|Glenwood|Granite|Hawthorne|Heron|Hickory|Huckleberry|Ironwood|Juniper
Kestrel|Kingsbury|Larch|Laurel Ridge|Linden|Lockhart|Magnolia|Meadowlark|Millrace|Monroe|Mulberry|Old Quarry|Orchard|Palmetto|Pinecrest|Plum Creek
Quail Run|Ravenswood|Redbud|Sagebrush|Saint James|Sequoia|Shadow Creek|Spruce|Sycamore|Tamarack|Thornbury|Timberline|Walnut|Westover|Willow Bend
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
STREET_KINDS = ("Street", "Avenue", "Road", "Lane", "Drive", "Court", "Boulevard", "St", "Ave", "Dr")

HOSPITAL_FIRST = (
    """
Mercy|Good Shepherd|Lakeside|Northgate|Riverbend|Saint Brigid|Saint Alban's|Harborview|Cedar Hill|Three Rivers|Prairie View|Summit|Holy Family
Bluestone|Eastgate|Whitfield|Stonebridge|Pine Hollow|Kessler|Marlowe|Highland|Sacred Heart|Bay Street|Oak Valley|Tidewater|Crestwood
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
HOSPITAL_KINDS = ("Hospital", "Medical Center", "Community Hospital", "Regional Hospital", "Memorial Hospital")
CLINIC_KINDS = ("Family Medicine", "Primary Care", "Internal Medicine", "Health Center", "Medical Associates")

MAIL_HOSTS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")
"""Reserved for examples (RFC 2606): nobody receives what is sent there."""
